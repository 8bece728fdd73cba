"""A guided calibration as a table, the breaths in it, and the commands that mark its steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from tests.unit.signal.test_separation import breaths

RATE_HZ = 50.0
UNITS = {"excursion": "N", "ok": "flag", "reason": "reason"}
NAMES = [f"{site}_{what}" for site in ("chest", "abdomen") for what in UNITS]
INFO = StreamInfo("table", tuple(Channel(n, UNITS[n.rpartition("_")[2]]) for n in NAMES), RATE_HZ)
STEPS = ("quiet", "deep", "isovolume", "chest_led", "belly_led")


@dataclasses.dataclass
class Guided:
    """Steps one after the other; volume is ratio · chest + abdomen, quiet breaths move 1."""

    ratio: float = 2.0
    t_s: float = 0.0
    parts: list[FloatArray] = dataclasses.field(default_factory=list)
    heard: list[Event] = dataclasses.field(default_factory=list)
    number: int = 0

    def command(self, step: str | None, posture: str = "sit", name: str = "calibrate") -> None:
        """Given now; the rows it is heard with are 0.4 s older, as on a live table."""
        heard_s = round(max(self.t_s - 0.4, 0.0) * RATE_HZ) / RATE_HZ
        arguments: dict[str, str] = {} if step is None else {"posture": posture, "step": step}
        self.heard.append(
            CommandHeard(
                t_s=self.t_s,
                decided_s=heard_s,
                arrival_s=heard_s + 0.3,
                name=name,  # type: ignore[arg-type]
                arguments=tuple(sorted(arguments.items())),
            )
        )

    def breathe(self, chest: float, abdomen: float, n: int = 6, period_s: float = 4.0) -> None:
        first = next(event for event in breaths(1.0, 1) if isinstance(event, BreathCycle))
        wave = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(0, period_s, 1 / RATE_HZ) / period_s)
        for _ in range(n):
            end_s = self.t_s + period_s
            decided_s = round((end_s + 0.5) * RATE_HZ) / RATE_HZ
            self.heard.append(
                dataclasses.replace(
                    first,
                    breath=self.number,
                    onset_s=self.t_s,
                    peak_s=self.t_s + period_s / 2,
                    end_s=end_s,
                    t_s=end_s,
                    decided_s=decided_s,
                    arrival_s=decided_s + 0.3,
                    chest_amplitude=chest,
                    abdomen_amplitude=abdomen,
                )
            )
            self.move(chest * wave, abdomen * wave)
            self.number += 1

    def push(self, pushes: int = 5, size: float = 1.5, leak: float = 0.0) -> None:
        wave = size * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(0, 3 * pushes, 1 / RATE_HZ) / 3))
        self.move(-(1 - leak) * wave / self.ratio, wave)

    def move(self, chest: FloatArray, abdomen: FloatArray) -> None:
        self.parts.append(np.column_stack([chest, abdomen]))
        self.t_s += len(chest) / RATE_HZ

    def step(self, name: str, *, leak: float = 0.0, depth: float = 1.0) -> None:
        """Do one step as it should be, or with a leak, or unequally deep."""
        self.command(name)
        k = self.ratio
        if name == "quiet":
            self.breathe(0.5 / k, 0.5, 8)
        elif name == "deep":
            self.breathe(2.0 / k, 2.0, 3, 8.0)
        elif name == "isovolume":
            self.breathe(0.5 / k, 0.5, 1)
            self.push(leak=leak)
            self.breathe(0.5 / k, 0.5, 1)
        elif name == "chest_led":
            self.breathe(0.8 / k, 0.2)
        elif name == "belly_led":
            self.breathe(0.25 * depth / k, 0.75 * depth)

    def all_steps(self, **how: float) -> Guided:
        for name in STEPS:
            self.step(name, **how)
        self.command("finish")
        return self

    def table(self, **changed: FloatArray | float) -> Chunk:
        """All rows so far and two seconds of rest."""
        rows = np.concatenate([*self.parts, np.zeros((round(2 * RATE_HZ), 2))])
        t_s = np.arange(len(rows)) / RATE_HZ
        columns = {"chest_excursion": rows[:, 0], "abdomen_excursion": rows[:, 1]}
        columns |= {"chest_ok": np.ones_like(t_s), "abdomen_ok": np.ones_like(t_s)}
        whole = columns | changed
        data = np.column_stack([np.broadcast_to(whole.get(name, 0.0), t_s.shape) for name in NAMES])
        return Chunk(INFO, t_s, t_s + 0.3, data)

    def events(self, chunk: Chunk) -> Sequence[Event]:
        """What is heard within these rows, in their order."""
        inside = [event for event in self.heard if event.decided_s <= chunk.t_s[-1]]
        return sorted(inside, key=lambda event: event.decided_s)
