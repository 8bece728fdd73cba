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
    assert title == "GDX-RB 0K2001B3 battery 87 %"
    assert len(lines) >= 30
    forces_n = [float(re.match(r" *([\d.]+) N", line).group(1)) for line in lines]
    assert max(forces_n) > min(forces_n) > 0
