"""What the window costs: frames, packet to paint, processor, start.

``python -m benchmarks.gui --json bench-out/gui.json``; software drawing, offscreen unless
``QT_QPA_PLATFORM`` says otherwise. Eight channels of 60 s at 100 Hz are four pairs of lines.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

from biofeedback.cli.demo import simulated_place
from biofeedback.gui.app import SWITCH_S, application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.screenshot import wait, wear_all
from biofeedback.gui.states import Line, TraceState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.trace import TraceWidget
from biofeedback.session.studio import Studio

FRAMES = 300
CHANNELS, LENGTH_S, RATE_HZ = 8, 60.0, 100.0

START = """
import time
began = time.perf_counter()
from biofeedback.cli.demo import simulated_place
from biofeedback.gui.app import application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.theme import Theme
from biofeedback.session.studio import Studio
qt = application()
studio = Studio(simulated_place)
studio.open()
window = MainWindow(studio, Theme(), simulated_place)
window.show()
window.bridge.tell_readout()
qt.processEvents()
window.grab()
print(time.perf_counter() - began)
window.bridge.stop()
studio.close(keep=False)
"""


def frames() -> dict[str, float]:
    """Paint 8 channels x 60 s x 100 Hz, moving on by one frame each time."""
    widget = TraceWidget(Theme())
    widget.resize(1600, 900)
    widget.show()
    application().processEvents()  # what is not exposed is not painted
    t_s = np.arange(0, 200, 1 / RATE_HZ)
    values = [1 + np.sin(t_s * (1 + 0.1 * n)) + 0.05 * np.cos(40 * t_s) for n in range(CHANNELS)]
    times_ms = []
    for frame in range(FRAMES):
        now_s = LENGTH_S + frame / 30
        seen = (t_s > now_s - LENGTH_S) & (t_s <= now_s)
        lines = tuple(
            Line(str(n), ("chest", "abdomen")[n % 2], t_s[seen], one[seen])
            for n, one in enumerate(values)
        )
        state = TraceState(now_s, LENGTH_S, "N", -0.5, 2.5, lines, (), (), (), (), "")
        began = perf_counter()
        widget.show_state(state)
        widget.repaint()
        times_ms.append((perf_counter() - began) * 1e3)
    widget.close()
    return {
        "frame_p50_ms": float(np.median(times_ms)),
        "frame_p99_ms": float(np.quantile(times_ms, 0.99)),
    }


def live(seconds: float) -> dict[str, float]:
    """Run the window over the simulated kit at the pace of life."""
    qt = application()
    sys.setswitchinterval(SWITCH_S)
    studio = Studio(partial(simulated_place, seed=4))
    studio.open()
    window = MainWindow(studio, Theme(), simulated_place)
    window.show()
    wear_all(window)
    wait(window, lambda: window.bridge.live.now_s > 5, "samples")
    window.start_recording()
    window.bridge.latency_ms.clear()
    began, used = monotonic(), process_time()
    while monotonic() - began < seconds:
        qt.processEvents()
        sleep(0.002)
    cpu_pct = 100 * (process_time() - used) / (monotonic() - began)
    latency_ms = np.array(window.bridge.latency_ms)
    window.bridge.stop()
    window.hide()
    studio.close(keep=False)
    return {
        "packet_to_paint_p50_ms": float(np.median(latency_ms)),
        "packet_to_paint_p95_ms": float(np.quantile(latency_ms, 0.95)),
        "cpu_pct_of_one_core_with_simulator": cpu_pct,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def start_s() -> float:
    """Start a fresh process and time it to its first useful picture."""
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    application()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BIOFEEDBACK_HOME"] = folder
        found = {
            "platform": os.environ["QT_QPA_PLATFORM"],
            "start_to_first_picture_s": start_s(),
            **frames(),
            **live(given.seconds),
        }
    text = json.dumps(found, indent=2)
    print(text)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
