"""A simulated person who does what the guide asks for, and an instrument that is told so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from benchmarks.simulated import Sensor, simulate
from biofeedback.cli.demo.kits import KITS
from biofeedback.core.entry import Command, Entry
from biofeedback.core.stream import Event
from biofeedback.drivers.registry import protocol_for
from biofeedback.session.guide_steps import TONE_S
from biofeedback.session.sessions import make_kernel
from biofeedback.session.snapshot import Snapshot
from biofeedback.signal.calibration_steps import STEP_S
from firmware_sim.body import Body
from firmware_sim.exercises import Exercise
from firmware_sim.manoeuvres import QUIET, manoeuvres
from firmware_sim.script import Happening, Phase, Script

KIT = KITS["clinic"]
WORN = tuple(worn.role for worn in KIT.worn)
SHALLOW = replace(QUIET, volume_l=0.6 * QUIET.volume_l)
STILL_S, BOWS_S, COUGHS_S = 12.0, 17.0, 16.0
HELD_S, ANSWER_S = 10.0, 2.0
SEED = 3
STANDING_S = 6.5
"""The guide asks for six seconds of it before the bows."""


def guided_script(leak: float = 0.0) -> Script:
    """Stand still, bow three times, the five steps of a calibration, three coughs."""
    bows = Exercise("hip_hinge", 3, period_s=5.0, lumbar_share=0.3)
    coughs = tuple(Happening("cough", 2.0 + 3.0 * n, 1.6, size=8.0) for n in range(3))
    return Script(
        (
            Phase("still", STILL_S, QUIET),
            Phase("bows", BOWS_S, QUIET, exercise=bows),
            *(_at_the_pace_of_the_guide(phase) for phase in manoeuvres(held_s=HELD_S, leak=leak)),
            Phase("coughs", COUGHS_S, QUIET, happenings=coughs),
            Phase("tone_relax", TONE_S + ANSWER_S, QUIET),
            Phase("tone_draw_in", TONE_S + ANSWER_S, SHALLOW, draw_in_mm=3.0),
            Phase("tone_brace", TONE_S + ANSWER_S, SHALLOW, tone=0.4),
        )
    )


def _at_the_pace_of_the_guide(phase: Phase) -> Phase:
    """As long as the guide takes for it, and a moment for the answer."""
    return replace(phase, duration_s=STEP_S[phase.label] + ANSWER_S)


def starts_s() -> dict[str, float]:
    """When each step is to begin, s: with the person's own, but standing still comes first."""
    phases = Body(guided_script(), SEED).truth.phases
    starts = {phase.label: phase.start_s for phase in phases}
    return starts | {"bows": starts["bows"] - STANDING_S}


@cache
def guided_entries(leak: float = 0.0, seed: int = SEED) -> tuple[Entry, ...]:
    """Two belts and a motion sensor on that person: what came over their wires."""
    body = Body(guided_script(leak), seed)
    sensors = {
        device_id: Sensor(protocol_for(device_id), firmware)
        for device_id, firmware in KIT.firmwares(body, seed).items()
    }
    return tuple(simulate(sensors, body.duration_s).entries)


class Instrument:
    """A kernel that is fed that person, up to a moment, and what it said meanwhile."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._kernel = make_kernel(KIT.description(""))
        self._entries = list(entries)
        self.now_ns = self._origin_ns = self._entries[0].host_time_ns
        self.give(
            Command(self.now_ns, "assign", {"stream": worn.device_id, "role": worn.role.value})
            for worn in KIT.worn
        )

    @property
    def now_s(self) -> float:
        """Since the session began."""
        return (self.now_ns - self._origin_ns) / 1e9

    @property
    def over(self) -> bool:
        return not self._entries

    def give(self, commands: Iterable[Command]) -> None:
        self._entries = sorted([*commands, *self._entries], key=lambda entry: entry.host_time_ns)

    def advance(self, seconds: float) -> list[Event]:
        self.now_ns += round(seconds * 1e9)
        due = [entry for entry in self._entries if entry.host_time_ns <= self.now_ns]
        self._entries = self._entries[len(due) :]
        outputs = self._kernel.feed_all(due)
        return [e for o in outputs if isinstance(o, Snapshot) for e in o.events]
