"""Which breaths are no plain breathing: spoken, coughed, interrupted, taken on the move.

And row by row, why what is said of the breath is not to be counted just now.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.labels import BeltsCoupled, BreathLabel, LabelName
from biofeedback.core.results import BaselineSet, BreathCycle
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.breath_inputs import SIGNALS, Inputs
from biofeedback.signal.cough import MARGIN_S, cough_score
from biofeedback.signal.donning import POSTURE_S
from biofeedback.signal.speech import speech_confidence
from biofeedback.signal.stage import Stage

__all__ = ["BreathLabels"]

KEPT_S = 45.0
"""Rows kept: the longest breath accepted is 30 s, and it is known some seconds after its end."""
USUAL_BREATHS = 8
LEAST_USUAL = 3
SETTLING_BREATHS = 2
"""Breaths after a change of posture that are still marked."""
WAITING_S = 35.0
"""A breath that was interrupted has ended, and is known, this long after."""
BITS: dict[LabelName, Reason] = {
    "speech": Reason.SPEECH,
    "cough": Reason.COUGH,
    "interrupted": Reason.INTERRUPTED,
    "moving": Reason.MOTION,
}


@dataclasses.dataclass(slots=True)
class LabelState:
    """Memory of :class:`BreathLabels`; all but the rows survives a break."""

    rows: FloatArray
    ranges: deque[FloatArray] = dataclasses.field(
        default_factory=lambda: deque(maxlen=USUAL_BREATHS)
    )
    breaths: deque[BreathCycle] = dataclasses.field(
        default_factory=lambda: deque(maxlen=2 * USUAL_BREATHS)
    )
    waiting: list[float] = dataclasses.field(default_factory=list)
    label: Reason = Reason.NONE
    unsettled: int = 0
    slipped: bool = False
    coupled: bool = False

    @property
    def bits(self) -> int:
        """What holds from now until the next breath is known."""
        bits = self.label
        if self.unsettled:
            bits |= Reason.INTERRUPTED
        if self.slipped:
            bits |= Reason.SLIP
        if self.coupled:
            bits |= Reason.COUPLED
        return int(bits)


class BreathLabels(Stage[LabelState]):
    """Labels each breath that was spoken, coughed, interrupted or taken on the move.

    Known when the breath is; that it was interrupted, when the change is sure: 3 s or three
    breaths later. Appends ``breath_reason``, bits of :class:`~biofeedback.core.roles.Reason`:
    the labels of the last breath until the next is known; motion row by row; a change of posture
    for two breaths; a slip until a new baseline; coupled belts as long as they are. Coughs need
    both belts. What is missing makes no label.

    Parameters
    ----------
    signals : sequence of str
        The columns the breath stage read.

    References
    ----------
    .. [1] docs/metrics/labels.md
    """

    def __init__(self, signals: Sequence[str] = SIGNALS) -> None:
        self._signals = tuple(signals)

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._inputs = Inputs(info, self._signals)
        self._breath = info.index("breath_signal", "ratio")
        self._rate_hz = info.sample_rate_hz
        self._keep = round(KEPT_S * self._rate_hz)
        self._margin = round(MARGIN_S * self._rate_hz)
        return (Channel("breath_reason", "reason"),)

    def start(self, first: Chunk, kept: LabelState | None) -> LabelState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, 3 + len(self._inputs.names)))
        return LabelState(empty) if kept is None else dataclasses.replace(kept, rows=empty)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: LabelState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        values, moving, _ = self._inputs.read(chunk)
        new = np.column_stack((chunk.t_s, chunk.data[:, self._breath], moving, values))
        rows: FloatArray = np.concatenate((state.rows, new)).astype(np.float64, copy=False)
        reason = np.where(moving, int(Reason.MOTION), 0)
        events: list[Event] = []
        done = 0
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            reason[done:row] |= state.bits
            done = row
            if isinstance(event, BreathCycle):
                end = len(state.rows) + row + 1
                kept = rows[max(0, end - self._keep) : end]
                events += self._labelled(event, kept, state)
            elif isinstance(event, BeltsChanged):
                events += _changed(event, state)
            elif isinstance(event, BaselineSet):
                state.slipped = False
            elif isinstance(event, BeltsCoupled):
                state.coupled = event.coupled
        reason[done:] |= state.bits
        state.rows = rows[-self._keep :]
        return reason.astype(np.float64)[:, np.newaxis], events

    def _labelled(
        self, breath: BreathCycle, rows: FloatArray, state: LabelState
    ) -> list[BreathLabel]:
        """Judge a breath that has just become known."""
        sure = self._judged(breath, rows, state)
        within = [at_s for at_s in state.waiting if breath.onset_s < at_s <= breath.end_s]
        if within:
            sure["interrupted"] = 1.0
        state.waiting = [at_s for at_s in state.waiting if at_s > breath.end_s]
        state.breaths.append(breath)
        state.unsettled = max(0, state.unsettled - 1)
        state.label = Reason.NONE
        for name in sure:
            state.label |= BITS[name]
        return [_label(breath, name, confidence, breath) for name, confidence in sure.items()]

    def _judged(
        self, breath: BreathCycle, rows: FloatArray, state: LabelState
    ) -> dict[LabelName, float]:
        """Return the labels that the rows of a breath give it, each with its confidence."""
        onset, peak, end = np.searchsorted(
            rows[:, 0], (breath.onset_s, breath.peak_s, breath.end_s)
        )
        moving = float(np.mean(rows[onset : end + 1, 2]))
        if moving > 0.5:
            # Steps shake both belts as a cough does.
            return {"moving": moving}
        sure: dict[LabelName, float] = {}
        begin = onset - self._margin
        if len(self._inputs.names) == 2 and begin >= 0 and end + self._margin <= len(rows):
            usual = np.full(2, np.nan)
            if len(state.ranges) >= LEAST_USUAL:
                usual = np.median(state.ranges, axis=0)
            belts = rows[begin : end + self._margin, 3:]
            score, ranges = cough_score(belts, usual, self._margin, self._rate_hz)
            if np.isfinite(ranges).all():
                state.ranges.append(ranges)
            if score >= 1.0:
                sure["cough"] = min(1.0, 0.5 * score)
        if "cough" not in sure:
            spoken = speech_confidence(breath, rows[peak:end, 1], self._rate_hz)
            if spoken > 0.0:
                sure["speech"] = spoken
        return sure


def _changed(event: BeltsChanged, state: LabelState) -> list[BreathLabel]:
    """Find the breath during which a posture or a belt changed; it may not be over yet."""
    if event.reason == "slip":
        state.slipped = True
    elif event.reason == "donned":
        state.slipped = False
        return []
    else:
        state.unsettled = SETTLING_BREATHS
    # A motion sensor tells after it was still there for so long; belts tell the first breath after.
    at_s = event.t_s - POSTURE_S if event.role.endswith("_imu") else event.t_s
    for breath in reversed(state.breaths):
        if breath.onset_s < at_s <= breath.end_s:
            return [_label(breath, "interrupted", 1.0, event)]
    if not state.breaths or at_s > state.breaths[-1].end_s:
        state.waiting = [other for other in state.waiting if other > at_s - WAITING_S] + [at_s]
    return []


def _label(breath: BreathCycle, name: LabelName, confidence: float, cause: Event) -> BreathLabel:
    return BreathLabel(
        t_s=breath.end_s,
        decided_s=cause.decided_s,
        arrival_s=cause.arrival_s,
        breath=breath.breath,
        onset_s=breath.onset_s,
        end_s=breath.end_s,
        label=name,
        confidence=confidence,
    )
