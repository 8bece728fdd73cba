from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "open_device.py"
PATIENCE_S = 120


def test_the_example_reads_a_belt() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    title, *lines = done.stdout.splitlines()
    assert "model='GDX-RB', serial='0K2001B3'" in title
    assert title.endswith("['force']")
    values = [float(text) for line in lines for text in re.findall(r"-?\d+\.\d*", line)]
    # 3 s at 10 Hz, after the handshake.
    assert 20 <= len(values) <= 45
    assert max(values) > min(values) > 0
