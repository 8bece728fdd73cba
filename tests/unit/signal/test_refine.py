from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.refine import RefinedBreaths, refine, surviving
from tests.unit.signal.lungs import Lungs, breathe, cycles, matched, ripple, run, table

QUIET = breathe(15, 150)


def worn(lungs: Lungs, noise: float = 0.01) -> dict[str, np.ndarray]:
    return {"chest_excursion": 2.0 * (lungs.volume + ripple(lungs.t_s, noise, 0.012))}


def test_every_breath_is_found_the_first_ones_too() -> None:
    refined = RefinedBreaths(table(QUIET.t_s, **worn(QUIET)))
    f1, errors = matched(refined.peaks_s, QUIET.peaks_s[QUIET.peaks_s < 149.5], 0.5)
    assert f1 > 0.98
    assert abs(np.median(errors)) < 0.15
    onsets = [cycle.onset_s for cycle in refined.cycles]
    assert matched(onsets, QUIET.onsets_s[: len(onsets)], 0.3)[0] > 0.97
    assert [cycle.breath for cycle in refined.cycles] == list(range(len(onsets)))


def test_close_to_what_was_said_live() -> None:
    chunk = table(QUIET.t_s, **worn(QUIET))
    live = [cycle.peak_s for cycle in cycles(run(chunk)[1])]
    refined = [cycle.peak_s for cycle in refine(chunk) if cycle.peak_s > 9]
    f1, errors = matched(live, refined, 0.3)
    assert f1 > 0.97
    assert np.median(np.abs(errors)) < 0.05


def test_a_last_breath_whose_end_is_missing_has_a_peak() -> None:
    end_s = QUIET.peaks_s[20] + 0.6
    refined = RefinedBreaths(table(QUIET.t_s, **worn(QUIET)).rows(0, round(end_s * 50)))
    assert refined.peaks_s[-1] == pytest.approx(QUIET.peaks_s[20], abs=0.3)
    assert refined.cycles[-1].end_s < QUIET.peaks_s[20]
    assert refined.unfinished is not None
    assert refined.unfinished.peak_s == refined.peaks_s[-1]
    assert refined.unfinished.onset_s == refined.cycles[-1].end_s
    assert np.isnan(refined.unfinished.end_s)


def test_a_long_gap_belongs_to_no_breath() -> None:
    columns = worn(QUIET)
    columns["chest_excursion"][3000:4000] = np.nan
    found = refine(table(QUIET.t_s, **columns))
    assert all(cycle.end_s < 60.5 or cycle.onset_s > 79.5 for cycle in found)
    assert len(found) > 20


def test_time_that_jumps() -> None:
    t_s = np.where(QUIET.t_s < 60, QUIET.t_s, QUIET.t_s + 500)
    found = refine(table(t_s, **worn(QUIET)))
    assert max(cycle.ttot_s for cycle in found) < 8


@pytest.mark.parametrize("n_rows", [0, 1, 100])
def test_too_short(n_rows: int) -> None:
    assert refine(table(QUIET.t_s, **worn(QUIET)).rows(0, n_rows)) == []


def test_nothing_to_breathe_from() -> None:
    assert refine(table(QUIET.t_s, pelvis_motion_mps2=QUIET.volume)) == []
    assert refine(table(QUIET.t_s, chest_excursion=np.full_like(QUIET.t_s, np.nan))) == []
    assert refine(table(QUIET.t_s, chest_excursion=np.ones_like(QUIET.t_s))) == []


def test_opposed_belts_do_not_cancel() -> None:
    columns = worn(QUIET)
    columns["abdomen_excursion"] = -columns["chest_excursion"] / 3
    found = [cycle.onset_s for cycle in refine(table(QUIET.t_s, **columns))]
    assert matched(found, QUIET.onsets_s[: len(found)], 0.3)[0] > 0.95


def turning(*heights: float) -> list[float]:
    values = np.array(heights)
    left = surviving(values, np.arange(len(values)), np.ones(len(values)))
    return values[left].tolist()


def test_small_swings_vanish_from_the_smallest_on() -> None:
    assert turning(0, 3, 2.5, 4, 0) == [0, 4, 0]
    assert turning(0, 3, 1, 4, 0) == [0, 3, 1, 4, 0]
    assert turning(0, 2, 1.4, 2.1, 1.3, 4, 0) == [0, 4, 0]


def test_order_in_time_does_not_matter() -> None:
    values = np.cumsum(np.random.default_rng(3).normal(size=60))
    rows = np.concatenate(
        [[0], 1 + np.flatnonzero(np.diff(np.sign(np.diff(values)))), [len(values) - 1]]
    )
    forward = surviving(values, rows, np.ones(60))
    backward = surviving(values[::-1], 59 - rows[::-1], np.ones(60))
    assert forward.tolist() == (59 - backward[::-1]).tolist()
    swings = np.abs(np.diff(values[forward]))
    assert (swings >= 1.0).all()


def test_a_last_small_fall_leaves_the_peak_as_the_end() -> None:
    assert turning(0, 4, 3.5) == [0, 4]
