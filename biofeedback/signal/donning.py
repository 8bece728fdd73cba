"""Are these still the same belts on the same place of a body in the same posture?

What was compared with a baseline, or calibrated, holds only as long as that is so.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.belt_rows import BELTS, BeltRows, breath_rows
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.stage import Stage
from biofeedback.signal.tone_patterns import MANOEUVRES

__all__ = ["Donning"]

TRUNK = (Role.STERNUM_IMU, Role.BACK_IMU, Role.PELVIS_IMU, Role.ABDOMEN_IMU)
"""Motion sensors that tell the posture, the one nearest to both belts first."""
POSTURE_DEG, POSTURE_S = 12.0, 3.0
"""Another posture: so far from the one before, for so long without a break."""
SIDE_BREATHS = 6
"""Breaths before and after a step that must agree on it but for one odd one on either side. People
who move change level and ratio all the time: with three, restless recordings seem to slip twice an
hour or more."""
CLEAR_OF = 0.5
"""Both sides keep clear of each other by at least so much of the step."""
SUDDEN = 0.5
"""At least so much of a step lies between two neighbours: the rest would be drift."""
SLIP_LEVEL, OTHER_LEVEL = 0.5, 0.25
"""A slip moves the level of one belt by at least half its breath, and the other's hardly."""
SLIP_SIZE = math.log(1.25)
"""... and changes its excursion against the other belt's by at least a quarter, the same way."""
POSTURE_LEVEL = 1.0
"""Without a motion sensor: both belts' levels move by a whole breath from one to the next."""
GOOD_QUALITY = 0.4
LONGEST_STEP_S = 180.0
"""A step of a guided calibration that is never ended counts as over then."""
NEUTRAL = (0.0, 0.0)
UNCLEAR_S = 3.0
"""So long after neutral was set anew, angles may be against the old one."""
WORDS = {
    "donned": "The {belt} was put on.",
    "slip": "The {belt} has slipped.",
    "posture": "The posture changed.",
}


@dataclasses.dataclass(slots=True)
class DonningState:
    """Memory of :class:`Donning`; all but the rows survives a break."""

    rows: FloatArray
    first_s: float
    breaths: deque[FloatArray] = dataclasses.field(
        default_factory=lambda: deque(maxlen=2 * SIDE_BREATHS)
    )
    guided_until_s: float = -math.inf
    unclear_until_s: float = -math.inf
    tone: bool = False
    away: int = 0
    posture: int = 0
    known: dict[int, tuple[float, float]] = dataclasses.field(default_factory=lambda: {0: NEUTRAL})


class Donning(Stage[DonningState]):
    """Notices that a belt was put on or has slipped, or that the trunk settled in another posture.

    Put on: the command that assigns a belt. Slipped: from one breath to the next the end-expiratory
    level of one belt moves by half a breath or more while the other's stays, its excursion changes
    the same way by a quarter, and six breaths on either side agree but for one. Posture: a motion
    sensor on the trunk has been more than 12° away from where it was for 3 s; without one, the
    levels of both belts move by a whole breath at once. Known six breaths, or 3 s, after it
    happened. Fails where a belt slips by less, and where the belly is suddenly drawn in by half a
    breath: that looks like a belt that slips. While a guided calibration or a manoeuvre of belly
    tone goes on, breaths are not judged.
    Appends no column.

    References
    ----------
    .. [1] K. Konno, J. Mead, J. Appl. Physiol. 22 (1967) 407-422 (one ratio for each posture);
       docs/metrics/calibration.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._belts = BeltRows(info)
        self._trunk = next((role for role in TRUNK if info.has(f"{role.prefix}_tilt_ap_deg")), None)
        self._tilt: list[int] = []
        if self._trunk is not None:
            names = [f"{self._trunk.prefix}_tilt_{axis}_deg" for axis in ("ap", "ml")]
            self._tilt = [info.index(name, "deg") for name in names]
        self._n_posture = round(POSTURE_S * info.sample_rate_hz)
        return ()

    def start(self, first: Chunk, kept: DonningState | None) -> DonningState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        rows = np.empty((0, 3 + len(self._tilt)))
        if kept is None:
            return DonningState(rows, float(first.t_s[0]))
        return dataclasses.replace(kept, rows=rows, away=0)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: DonningState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        new = np.column_stack((chunk.t_s, self._belts.trusted(chunk), chunk.data[:, self._tilt]))
        rows = np.concatenate((state.rows, new))
        before = len(state.rows)
        events: list[Event] = []
        done = 0
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            events += self._postures(chunk, rows, before, (done, row), state)
            done = row
            if isinstance(event, CommandHeard):
                events += _command(event, chunk, row, state)
            elif isinstance(event, BreathCycle):
                end = before + row + 1
                kept = rows[max(0, end - self._belts.keep) : end, :3]
                events += self._breath(event, kept, chunk, row, state)
        events += self._postures(chunk, rows, before, (done, len(chunk)), state)
        state.rows = rows[-self._belts.keep :]
        return np.empty((len(chunk), 0)), events

    def _postures(
        self,
        chunk: Chunk,
        rows: FloatArray,
        before: int,
        span: tuple[int, int],
        state: DonningState,
    ) -> list[Event]:
        """Watch the tilt in rows [begin, end) of the chunk."""
        if self._trunk is None:
            return []
        events: list[Event] = []
        begin, end = span
        while begin < end:
            part = rows[before + begin : before + end]
            usual = state.known[state.posture]
            far = np.hypot(part[:, 3] - usual[0], part[:, 4] - usual[1]) > POSTURE_DEG
            far &= part[:, 0] >= state.unclear_until_s
            number = np.arange(len(part))
            last_near = np.maximum.accumulate(np.where(far, -1, number))
            away = np.where(last_near < 0, number + 1 + state.away, number - last_near)
            settled = np.flatnonzero(away >= self._n_posture)
            if not len(settled):
                state.away = int(away[-1])
                break
            row = begin + int(settled[0])
            stop = before + row + 1
            lately = rows[stop - self._n_posture : stop, 3:]
            state.away, begin = 0, row + 1
            _settle(np.median(lately, axis=0), state)
            events.append(_changed("posture", self._trunk.value, chunk, row, chunk.t_s[row], state))
        return events

    def _breath(
        self, breath: BreathCycle, rows: FloatArray, chunk: Chunk, row: int, state: DonningState
    ) -> list[Event]:
        """Compare the last breaths with those before them."""
        cut = breath_rows(breath, rows, self._belts.margin)
        sizes = (breath.chest_amplitude, breath.abdomen_amplitude)
        guided = breath.onset_s < state.guided_until_s
        good = breath.quality >= GOOD_QUALITY and not breath.sigh
        if cut is None or guided or not good or not math.isfinite(sizes[0] + sizes[1]):
            return []
        n_level = 2 * cut.margin + 1
        levels = (cut.chest[:n_level].mean(), cut.abdomen[:n_level].mean())
        state.breaths.append(np.array([*levels, *sizes, breath.onset_s]))
        if len(state.breaths) < 2 * SIDE_BREATHS:
            return []
        breaths = np.array(state.breaths)
        steps, shift = _steps(breaths)
        slipped = _slipped(breaths, steps, shift)
        at_s = float(state.breaths[SIDE_BREATHS][4])
        if slipped is not None:
            state.breaths.clear()
            _begin_anew(state)
            return [_changed("slip", BELTS[slipped].value, chunk, row, at_s, state)]
        if self._trunk is None and float(np.min(np.abs(steps))) >= POSTURE_LEVEL:
            state.breaths.clear()
            _settle(None, state)
            return [_changed("posture", "", chunk, row, at_s, state)]
        return []


def _command(command: CommandHeard, chunk: Chunk, row: int, state: DonningState) -> list[Event]:
    if command.name == "assign":
        role = command.argument("role")
        # What is assigned before the first row is what this donning begins with.
        if role in BELTS and command.decided_s > state.first_s:
            state.breaths.clear()
            _begin_anew(state)
            return [_changed("donned", str(role), chunk, row, command.t_s, state)]
    elif command.name == "calibrate" and command.argument("step") is not None:
        over = command.argument("step") in ("finish", "cancel")
        state.guided_until_s = command.t_s + (0.0 if over else LONGEST_STEP_S)
        state.breaths.clear()
    elif command.name == "task":
        tone = str(command.argument("name")) in MANOEUVRES
        if tone or state.tone:
            # A belly that is drawn in on request is no belt that slips.
            state.guided_until_s = command.t_s + (LONGEST_STEP_S if tone else 0.0)
            state.breaths.clear()
        state.tone = tone
    elif is_neutral(command):
        # Angles count from a new neutral: the present posture is zero, others are not known.
        state.known = {state.posture: NEUTRAL}
        state.unclear_until_s, state.away = command.t_s + UNCLEAR_S, 0
    return []


def _steps(breaths: FloatArray) -> tuple[FloatArray, float]:
    """Return the step of each belt's level, in its breaths, and how the log-ratio shifted.

    0 for what is no step: breaths on both sides that reach into each other, or drift.
    """
    before, after = breaths[:SIDE_BREATHS], breaths[SIDE_BREATHS:]
    if not np.min(breaths[:, 2:4]) > 0:
        return np.zeros(2), 0.0
    usual = np.median(before[:, 2:4], axis=0)
    steps = np.zeros(2)
    for belt in (0, 1):
        step = _apart(before[:, belt], after[:, belt])
        sudden = after[0, belt] - before[-1, belt]
        if sudden * np.sign(step) >= SUDDEN * abs(step):
            steps[belt] = step / usual[belt]
    ratios = np.log(breaths[:, 2] / breaths[:, 3])
    return steps, _apart(ratios[:SIDE_BREATHS], ratios[SIDE_BREATHS:])


def _apart(before: FloatArray, after: FloatArray) -> float:
    """Return the step between two medians, 0 if but for one odd value they come close."""
    step = float(np.median(after) - np.median(before))
    way = np.sign(step)
    gap = np.sort(way * after)[1] - np.sort(way * before)[-2]
    return step if gap >= CLEAR_OF * abs(step) else 0.0


def _slipped(breaths: FloatArray, steps: FloatArray, shift: float) -> int | None:
    """Return which belt slipped, or None: a loose belt lies lower and moves less."""
    levels = np.median(breaths[SIDE_BREATHS:], axis=0) - np.median(breaths[:SIDE_BREATHS], axis=0)
    moved = np.abs(levels[:2]) / np.median(breaths[:SIDE_BREATHS, 2:4], axis=0)
    for belt, change in enumerate((shift, -shift)):
        alone = abs(steps[belt]) >= SLIP_LEVEL and moved[1 - belt] <= OTHER_LEVEL
        if alone and change * np.sign(steps[belt]) >= SLIP_SIZE:
            return belt
    return None


def _begin_anew(state: DonningState) -> None:
    """Count postures from 0 again; where the trunk is now is the first."""
    state.known, state.posture, state.away = {0: state.known[state.posture]}, 0, 0


def _settle(tilt: FloatArray | None, state: DonningState) -> None:
    """Take up a posture: a known one when the tilt is near it, else a new one."""
    if tilt is not None:
        for number, place in state.known.items():
            if math.hypot(tilt[0] - place[0], tilt[1] - place[1]) <= POSTURE_DEG:
                state.posture = number
                return
    state.posture = max(state.known) + 1
    state.known[state.posture] = NEUTRAL if tilt is None else (float(tilt[0]), float(tilt[1]))


def _changed(
    reason: Literal["donned", "slip", "posture"],
    role: str,
    chunk: Chunk,
    row: int,
    at_s: float,
    state: DonningState,
) -> BeltsChanged:
    decided_s = float(chunk.t_s[row])
    return BeltsChanged(
        t_s=min(float(at_s), decided_s),
        decided_s=decided_s,
        arrival_s=float(chunk.arrival_s[row]),
        reason=reason,
        role=role,
        posture=state.posture,
        words=WORDS[reason].format(belt=role.replace("_", " ")),
    )
