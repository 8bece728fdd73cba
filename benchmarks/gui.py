"""What the window costs: frames, packet to paint, processor, start.

``python -m benchmarks.gui --json bench-out/gui.json``; software drawing, offscreen unless
``QT_QPA_PLATFORM`` says otherwise. Eight channels of 60 s at 100 Hz are four pairs of lines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, process_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest

from biofeedback.cli.demo.wires import simulated_place
from biofeedback.core.clock import Clock
from biofeedback.core.entry import Packet
from biofeedback.drivers.scan import Found
from biofeedback.gui.app import SWITCH_S, application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.screenshot import wait, wear_all
from biofeedback.gui.states import Line, TraceState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.trace import TraceWidget
from biofeedback.recording.reader import SessionReader
from biofeedback.session.place import OpenPlace, Place
from biofeedback.session.studio import Studio

FRAMES = 300
CHANNELS, LENGTH_S, RATE_HZ = 8, 60.0, 100.0

START = """
import time
began = time.perf_counter()
from biofeedback.cli.demo.wires import simulated_place
from biofeedback.gui.app import application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.theme import Theme
from biofeedback.session.studio import Studio
qt = application()
studio = Studio()
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
    painted: list[float] = []
    widget.on_painted = lambda: painted.append(perf_counter())
    widget.show()
    QTest.qWaitForWindowExposed(widget)  # what is not exposed is not painted
    painted.clear()
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
    if len(painted) != FRAMES:
        raise RuntimeError(f"{len(painted)} of {FRAMES} frames were painted; no time is known")
    widget.close()
    return {
        "frame_p50_ms": float(np.median(times_ms)),
        "frame_p99_ms": float(np.quantile(times_ms, 0.99)),
    }


class Played:
    """A wire on which a recorded device says again what it said, at the same pace.

    So the window's own cost is seen without the simulator's, which lives in the same process.
    """

    def __init__(self, device_id: str, packets: list[Packet], clock: Clock) -> None:
        self._packets = [packet for packet in packets if packet.device_id == device_id]
        self._first_ns = packets[0].host_time_ns
        self._clock = clock
        self._saying: asyncio.Task[None] | None = None

    async def open(
        self, receive: Callable[[str, bytes, int], None], lost: Callable[[str], None]
    ) -> None:
        self._saying = asyncio.create_task(self._say(receive))

    async def _say(self, receive: Callable[[str, bytes, int], None]) -> None:
        began_ns = self._clock.now_ns()
        for packet in self._packets:
            due_s = (packet.host_time_ns - self._first_ns - self._clock.now_ns() + began_ns) / 1e9
            if due_s > 0:
                await asyncio.sleep(due_s)
            receive(packet.endpoint, packet.payload, self._clock.now_ns())

    async def send(self, endpoint: str, payload: bytes) -> None:
        """Answered already."""

    async def close(self) -> None:
        if self._saying is not None:
            self._saying.cancel()


@asynccontextmanager
async def played_place(clock: Clock, *, session: Path) -> AsyncIterator[Place]:
    """Open a place where every device of a recording can be found again."""
    reader = SessionReader(session)
    packets = [e for e in reader.entries() if isinstance(e, Packet) and e.direction == "rx"]
    names = sorted({packet.device_id for packet in packets})

    async def look(_: float) -> tuple[list[Found], str]:
        return [Found(*name.split("/"), name, None, None) for name in names], ""

    yield Place(look, lambda device_id, _: partial(Played, device_id, packets, clock))


def recorded(seconds: float) -> Path:
    """Record a session with the simulated kit to play from."""
    folder = Path(tempfile.mkdtemp()) / "played"
    command = [sys.executable, "-m", "biofeedback", "demo", "--seed", "4", "--speed", "max"]
    command += ["--seconds", str(round(seconds)), "--out", str(folder)]
    subprocess.run(command, capture_output=True, check=True)
    return folder


def live(seconds: float, place: OpenPlace, suffix: str) -> dict[str, float]:
    """Run the window over some sensors at the pace of life."""
    application()
    sys.setswitchinterval(SWITCH_S)
    studio = Studio(place)
    studio.open()
    window = MainWindow(studio, Theme(), simulated_place)
    window.bridge.lifted = True  # traces are drawn from the beginning
    window.show()
    wear_all(window)
    wait(window, lambda: window.bridge.live.now_s > 5, "samples")
    window.start_recording()
    window.bridge.latency_ms.clear()
    began, used = monotonic(), process_time()
    waiting = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), waiting.quit)
    waiting.exec()
    cpu_pct = 100 * (process_time() - used) / (monotonic() - began)
    latency_ms = np.array(window.bridge.latency_ms)
    window.bridge.stop()
    window.hide()
    studio.close(keep=False)
    return {
        f"packet_to_paint_p50_ms{suffix}": float(np.median(latency_ms)),
        f"packet_to_paint_p95_ms{suffix}": float(np.quantile(latency_ms, 0.95)),
        f"cpu_pct_of_one_core{suffix}": cpu_pct,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def start_s() -> float:
    """Start a fresh process and time it to its first useful picture, as a person starts it."""
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
            **live(given.seconds, partial(played_place, session=recorded(given.seconds + 30)), ""),
            **live(given.seconds, partial(simulated_place, seed=4), "_with_simulator"),
        }
    text = json.dumps(found, indent=2)
    print(text)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
