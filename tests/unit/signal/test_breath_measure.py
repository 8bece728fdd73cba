from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_measure import onset, pauses, peak
from biofeedback.signal.filters import hann_taps, slope, smooth

RATE_HZ = 50.0
TAPS = hann_taps(0.8, RATE_HZ)
SPREAD = float(np.sqrt(np.sum(TAPS * np.arange(-(len(TAPS) // 2), len(TAPS) // 2 + 1) ** 2)))


def breath(
    ti_s: float = 1.6, top_s: float = 0.0, te_s: float = 1.6, rest_s: float = 1.0
) -> FloatArray:
    """Rest, raised-cosine rise, top, fall, rest."""
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(round(ti_s * RATE_HZ)) / (ti_s * RATE_HZ))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.arange(round(te_s * RATE_HZ)) / (te_s * RATE_HZ))
    n_rest, n_top = round(rest_s * RATE_HZ), round(top_s * RATE_HZ)
    return np.concatenate([np.zeros(n_rest), rise, np.ones(n_top), fall, np.zeros(n_rest)])


@pytest.mark.parametrize("ti_s", [1.0, 1.6, 2.4])
def test_peak_of_a_symmetric_breath(ti_s: float) -> None:
    row, level = peak(breath(ti_s, te_s=ti_s))
    assert row / RATE_HZ == pytest.approx(1.0 + ti_s, abs=0.02)
    assert level == pytest.approx(1.0, abs=0.01)


def test_peak_of_a_clipped_breath_is_the_middle_of_its_top() -> None:
    clipped = np.minimum(breath(1.6, te_s=1.6), 0.8)
    assert peak(clipped)[0] / RATE_HZ == pytest.approx(2.6, abs=0.02)


def test_peak_under_footsteps() -> None:
    whole = breath(1.6, te_s=1.6)
    steps = 0.3 * np.sin(2 * np.pi * 2.6 * np.arange(len(whole)) / RATE_HZ + 0.7)
    assert abs(np.argmax(whole + steps) / RATE_HZ - 2.6) > 0.05
    assert peak(smooth(whole + steps, TAPS))[0] / RATE_HZ == pytest.approx(2.6, abs=0.05)


def test_peak_that_begins_at_once() -> None:
    assert peak(np.array([1.0, 0.9, 0.5, 0.0]))[0] >= 0.0


@pytest.mark.parametrize(("ti_s", "within_s"), [(1.0, 0.08), (1.6, 0.06), (2.4, 0.10), (4.0, 0.25)])
def test_onset_is_not_where_the_pause_is_lowest(ti_s: float, within_s: float) -> None:
    """The lowest row lies 2 s early, in the pause; the onset is found all the same."""
    rest_s = 3.0
    whole = breath(ti_s, rest_s=rest_s)
    whole[50] -= 0.02
    rising = round((rest_s + 0.6 * ti_s) * RATE_HZ)
    row, level = onset(smooth(whole[:rising], TAPS), 1.0, SPREAD, 2 / np.pi * ti_s * RATE_HZ)
    assert row / RATE_HZ == pytest.approx(rest_s, abs=within_s)
    assert level == pytest.approx(0.0, abs=0.03)


def test_onset_of_a_shallow_rise() -> None:
    row, _ = onset(0.1 * breath()[:90], 1.0, SPREAD, 50.0)
    assert 0.0 <= row < 90


@pytest.mark.parametrize("ripple", [0.02, 0.05])
def test_onset_beside_ripple(ripple: float) -> None:
    """A heart beat left in the rows moves the onset by less than a third of its period."""
    rest_s, errors = 3.0, []
    for phase in np.arange(0, 2 * np.pi, 0.5):
        whole = breath(1.6, rest_s=rest_s)
        rows = np.arange(len(whole))
        whole += ripple * np.sin(2 * np.pi * 1.2 * rows / RATE_HZ + phase)
        rising = round((rest_s + 0.7 * 1.6) * RATE_HZ)
        usual_rows = 2 / np.pi * 1.6 * RATE_HZ
        row, _ = onset(smooth(whole[:rising], TAPS), 1.0, SPREAD, usual_rows, 0.6 * ripple)
        errors.append(row / RATE_HZ - rest_s)
    assert np.abs(errors).max() < 0.28
    assert abs(np.mean(errors)) < 0.08


def test_a_way_back_much_unlike_the_usual_is_cut_short() -> None:
    whole = breath(1.6, rest_s=3.0)[: round(4.0 * RATE_HZ)]
    free, _ = onset(smooth(whole, TAPS), 1.0, SPREAD, np.nan)
    hasty, _ = onset(smooth(whole, TAPS), 1.0, SPREAD, 10.0)
    assert free == pytest.approx(3.0 * RATE_HZ, abs=3.0)
    assert hasty > free + 3.0


def test_pauses_at_both_ends() -> None:
    whole = breath(1.6, top_s=0.8, te_s=1.6, rest_s=1.0)
    inspiration = whole[50:]
    slopes = slope(np.concatenate([np.zeros(5), inspiration]), 5, RATE_HZ)
    steepest = np.pi / 2 / 1.6
    end_row = len(inspiration) - 1
    ee_s, ei_s = pauses(slopes, round(2.0 * RATE_HZ), end_row, steepest, RATE_HZ)
    assert ee_s == pytest.approx(1.0, abs=0.15)
    assert ei_s == pytest.approx(0.8, abs=0.15)


def test_a_short_twitch_does_not_end_a_pause() -> None:
    slopes = np.zeros(100)
    slopes[40:45] = 1.0
    assert pauses(slopes, 20, 99, 1.0, RATE_HZ)[0] == pytest.approx(2.0)
    slopes[40:50] = 1.0
    assert pauses(slopes, 20, 99, 1.0, RATE_HZ)[0] == pytest.approx(1.0)


def test_no_pause() -> None:
    assert pauses(np.ones(100), 40, 99, 1.0, RATE_HZ) == (0.0, 0.0)


def test_shorter_than_a_quarter_second_is_none() -> None:
    slopes = np.ones(100)
    slopes[90:] = 0.0
    assert pauses(slopes, 40, 99, 1.0, RATE_HZ)[0] == 0.0
