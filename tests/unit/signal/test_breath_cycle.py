from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.results import BreathCycle, BreathMark
from biofeedback.core.roles import Reason
from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_cycle import Belt, Usually, last_unfinished, measured_cycle
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_measure import Turn

RATE_HZ = 50.0
ROWS = np.arange(301.0)
USUALLY = Usually(slope=1.0, amplitudes=[1.0] * 5, artefact=0.0)


def triangle(height: float) -> FloatArray:
    return height * np.interp(ROWS, [0, 80, 200, 300], [0, 1, 0, 0])


def measure(
    rows: tuple[float, float, float] = (0, 80, 200),
    height: float = 1.0,
    end_level: float = 0.0,
    usually: Usually = USUALLY,
    trusted: float = 1.0,
    moving: float = 0.0,
    reason: Reason = Reason.NONE,
    belts: dict[str, float] | None = None,
    known: float = 1.0,
) -> BreathCycle | None:
    history = History(("t", "trusted", "moving", "reason"), len(ROWS))
    row_trusted = ((1 - trusted) * rows[2] <= ROWS).astype(float)
    row_moving = (moving * rows[2] > ROWS).astype(float)
    reasons = np.where(ROWS == 20, float(reason), 0.0)
    history.append(np.vstack([ROWS / RATE_HZ, row_trusted, row_moving, reasons]))
    turns = (
        Turn(rows[0], 0.0, 50, 1.0),
        Turn(rows[1], height, 120, 2.4),
        Turn(rows[2], end_level, 240, 4.8),
    )
    worn = {"chest": 2.0, "abdomen": -0.5} if belts is None else belts
    sizes = [Belt(name, known, triangle(size)) for name, size in worn.items()]
    return measured_cycle(7, turns, 5.0, history, triangle(height), sizes, usually, RATE_HZ)


def test_times() -> None:
    cycle = measure()
    assert cycle is not None
    assert (cycle.onset_s, cycle.peak_s, cycle.end_s) == (0.0, 1.6, 4.0)
    assert (cycle.ti_s, cycle.te_s, cycle.ttot_s) == pytest.approx((1.6, 2.4, 4.0))
    assert cycle.duty_cycle == pytest.approx(0.4)
    assert (cycle.onset_decided_s, cycle.peak_decided_s, cycle.end_decided_s) == (1.0, 2.4, 4.8)
    assert (cycle.t_s, cycle.decided_s, cycle.arrival_s, cycle.breath) == (4.0, 4.8, 5.0, 7)


def test_amplitudes_are_signed_and_taken_at_the_same_instants() -> None:
    cycle = measure(height=1.3)
    assert cycle is not None
    assert cycle.amplitude == pytest.approx(1.3)
    assert cycle.chest_amplitude == pytest.approx(2.0)
    assert cycle.abdomen_amplitude == pytest.approx(-0.5)
    assert cycle.source == "both"


def test_one_belt() -> None:
    cycle = measure(belts={"chest": 1.0})
    assert cycle is not None
    assert cycle.source == "chest"
    assert math.isnan(cycle.abdomen_amplitude)


def test_belts_that_took_turns() -> None:
    cycle = measure(known=0.6)
    assert cycle is not None
    assert cycle.source == "mixed"
    assert math.isnan(cycle.chest_amplitude)


@pytest.mark.parametrize(
    ("rows", "height", "trusted"),
    [
        ((0, 10, 200), 1.0, 1.0),
        ((0, 80, 90), 1.0, 1.0),
        ((0, 20, 45), 1.0, 1.0),
        ((0, 80, 200), 0.1, 1.0),
        ((0, 80, 200), 1.0, 0.6),
    ],
)
def test_no_breath(rows: tuple[float, float, float], height: float, trusted: float) -> None:
    assert measure(rows, height, trusted=trusted) is None


def test_sigh() -> None:
    for height, moving, sigh in ((1.9, 0.0, False), (2.1, 0.0, True), (2.1, 0.8, False)):
        cycle = measure(height=height, moving=moving)
        assert cycle is not None
        assert cycle.sigh is sigh


def test_no_sigh_before_there_is_something_usual() -> None:
    cycle = measure(height=3.0, usually=Usually(1.0, [1.0] * 4, 0.0))
    assert cycle is not None
    assert not cycle.sigh


def test_quality_falls_with_everything_that_is_wrong() -> None:
    def quality(**wrong: float) -> float:
        cycle = measure(**wrong)  # type: ignore[arg-type]
        assert cycle is not None
        return cycle.quality

    assert quality() == pytest.approx(1.0)
    assert quality(moving=1.0) == pytest.approx(0.5, abs=0.01)
    assert quality(trusted=0.8) == pytest.approx(0.8, abs=0.01)
    assert quality(end_level=0.5) == pytest.approx(0.75)
    rough = measure(usually=Usually(1.0, [], 0.2))
    assert rough is not None
    assert rough.quality == pytest.approx(0.8)


def test_reasons_are_gathered() -> None:
    cycle = measure(reason=Reason.GAP | Reason.BRIDGED)
    assert cycle is not None
    assert Reason(cycle.reason) == Reason.GAP | Reason.BRIDGED


def test_end_expiratory_pause() -> None:
    cycle = measure(rows=(0, 80, 280))
    assert cycle is not None
    assert cycle.pause_ee_s == pytest.approx(1.6, abs=0.1)
    assert cycle.pause_ei_s == 0.0


def mark(kind: str, t_s: float, breath: int) -> BreathMark:
    return BreathMark(
        t_s=t_s,
        decided_s=t_s + 0.7,
        arrival_s=t_s + 0.9,
        breath=breath,
        kind=kind,  # type: ignore[arg-type]
        state="confirmed",
        confidence=1.0,
    )


ONSET, PEAK = "inspiration_onset", "inspiration_peak"


def test_a_last_breath_that_was_not_over() -> None:
    events = [mark(ONSET, 1, 0), mark(PEAK, 2, 0), mark(ONSET, 5, 1), mark(PEAK, 6, 1)]
    last = last_unfinished(events)
    assert last is not None
    assert (last.breath, last.onset_s, last.peak_s, last.ti_s) == (1, 5, 6, 1)
    assert (last.onset_decided_s, last.peak_decided_s) == (5.7, 6.7)
    assert math.isnan(last.end_s)
    assert math.isnan(last.ttot_s)


@pytest.mark.parametrize("n_events", [0, 1, 3])
def test_no_such_breath(n_events: int) -> None:
    events = [mark(ONSET, 1, 0), mark(PEAK, 2, 0), mark(ONSET, 5, 1)]
    assert last_unfinished(events[:n_events]) is None


def test_a_peak_without_its_onset_is_none() -> None:
    assert last_unfinished([mark(PEAK, 2, 0)]) is None
    assert last_unfinished([mark(ONSET, 1, 0), mark(PEAK, 9, 1)]) is None
