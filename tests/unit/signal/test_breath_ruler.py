from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_cycle import Usually
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_ruler import Ruler
from tests.unit.signal.lungs import Lungs, breathe

RATE_HZ = 50.0
CALM = breathe(15, 40, spread_time=0.0, spread_depth=0.0)
RULER = Ruler(("chest",), RATE_HZ)


def history_of(lungs: Lungs, chest: FloatArray | None = None) -> History:
    history = History(("t", "combined", "trusted", "moving", "reason", "chest"), len(lungs.t_s))
    one, zero = np.ones_like(lungs.t_s), np.zeros_like(lungs.t_s)
    chest = 3.0 * lungs.volume if chest is None else chest
    history.append(np.vstack([lungs.t_s, lungs.volume, one, zero, zero, chest]))
    return history


def test_nothing_after_now_is_looked_at() -> None:
    spoiled = CALM.volume.copy()
    spoiled[501:] = 1e6
    calm, other = history_of(CALM), history_of(CALM.with_volume(spoiled))
    for name in ("combined", "chest"):
        mine = RULER.smoothed(calm, name, 300, 500)
        assert len(mine) == 201
        if name == "combined":
            assert np.array_equal(mine, RULER.smoothed(other, name, 300, 500))


def test_missing_rows_are_held() -> None:
    chest = CALM.volume.copy()
    chest[300:310] = np.nan
    chest[:5] = np.nan
    assert np.isfinite(RULER.smoothed(history_of(CALM, chest), "chest", 0, 400)).all()
    chest[:] = np.nan
    assert np.isfinite(RULER.smoothed(history_of(CALM, chest), "chest", 0, 400)).all()


def test_ripple_is_what_is_faster_than_breathing() -> None:
    fast = 0.2 * np.sin(2 * np.pi * 3.0 * CALM.t_s)
    calm = RULER.ripple(history_of(CALM), "combined", 500, 1000)
    rough = RULER.ripple(history_of(CALM.with_volume(CALM.volume + fast)), "combined", 500, 1000)
    assert calm < 0.03
    assert rough == pytest.approx(0.2 / np.sqrt(2), rel=0.1)


def test_a_breath_from_end_to_end() -> None:
    history = history_of(CALM)
    rows = [round(time_s * RATE_HZ) for time_s in (*CALM.onsets_s[3:5], CALM.peaks_s[3])]
    onset_row, next_row, peak_row = rows
    begun = RULER.onset(
        history, onset_row - 60, onset_row + 50, 1.0, 1.0, usual_slope=np.pi / 2 / 1.6
    )
    ended = RULER.onset(history, peak_row, next_row + 50, 3.0, 1.0, usual_slope=np.pi / 2 / 1.6)
    peaked, steepest = RULER.peak(history, onset_row, next_row, 2.0)
    assert begun.row / RATE_HZ == pytest.approx(CALM.onsets_s[3], abs=0.1)
    assert peaked.row / RATE_HZ == pytest.approx(CALM.peaks_s[3], abs=0.15)
    assert steepest == pytest.approx(np.pi / 2 / 1.6, rel=0.1)
    cycle, belts = RULER.cycle(history, 0, (begun, peaked, ended), 9.0, Usually(steepest, [], 0.0))
    assert cycle is not None
    assert cycle.ttot_s == pytest.approx(4.0, abs=0.05)
    assert cycle.chest_amplitude == pytest.approx(3.0, rel=0.1)
    assert [belt.known for belt in belts] == [1.0]
