from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback import analyze_arrays
from biofeedback.core.errors import StreamError
from biofeedback.core.results import BreathMark
from biofeedback.core.stream import Chunk
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.lungs import (
    Lungs,
    breathe,
    cycles,
    holds,
    marks,
    matched,
    ripple,
    run,
    table,
)

QUIET = breathe(15, 120)


def worn(lungs: Lungs, seed: int = 1) -> Chunk:
    noise = ripple(lungs.t_s, 0.01, 0.012, seed)
    return table(lungs.t_s, chest_excursion=5.0 + 2.0 * (lungs.volume + noise))


def two_belts(lungs: Lungs, turned: float = 1.0) -> dict[str, np.ndarray]:
    one = np.ones_like(lungs.t_s)
    return {
        "chest_excursion": 5.0 + 3.0 * lungs.volume + ripple(lungs.t_s, 0.02, 0.02),
        "chest_ok": one.copy(),
        "abdomen_excursion": 9.0 + turned * lungs.volume + ripple(lungs.t_s, 0.01, 0.01, 2),
        "abdomen_ok": one.copy(),
    }


def test_every_breath_is_found() -> None:
    _, events = run(worn(QUIET))
    for kind, truth in (("inspiration_onset", QUIET.onsets_s), ("inspiration_peak", QUIET.peaks_s)):
        found = [mark.t_s for mark in marks(events, kind)]  # type: ignore[arg-type]
        inner = truth[(truth > 10) & (truth < 117)]
        f1, errors = matched([t for t in found if 9.6 < t < 117.4], inner, 0.5)
        assert f1 == 1.0
        assert abs(np.median(errors)) < 0.15
        assert np.std(errors) < 0.1


def test_decisions_come_in_time_and_are_never_revised() -> None:
    _, events = run(worn(QUIET))
    confirmed = marks(events, "inspiration_onset") + marks(events, "inspiration_peak")
    latency = [mark.decided_s - mark.t_s for mark in confirmed]
    assert np.percentile(latency, 95) <= 1.0
    assert min(latency) > 0
    assert len({(mark.kind, mark.breath) for mark in confirmed}) == len(confirmed)


def test_early_marks_come_within_half_a_second() -> None:
    _, events = run(worn(QUIET))
    early = [mark.decided_s for mark in marks(events, "inspiration_onset", "provisional")]
    waits = [min(t - onset for t in early if t > onset) for onset in QUIET.onsets_s[3:-2]]
    assert np.percentile(waits, 95) <= 0.6
    assert np.median(waits) <= 0.5


def test_numbers_of_marks_and_cycles_agree() -> None:
    _, events = run(worn(QUIET))
    onsets = {mark.breath: mark for mark in marks(events, "inspiration_onset")}
    peaks = {mark.breath: mark for mark in marks(events, "inspiration_peak")}
    found = cycles(events)
    assert len(found) > 20
    for cycle in found:
        assert cycle.onset_s == onsets[cycle.breath].t_s
        assert cycle.peak_s == peaks[cycle.breath].t_s
        assert cycle.end_s == onsets[cycle.breath + 1].t_s
        assert cycle.onset_s < cycle.peak_s < cycle.end_s
    for early in marks(events, "inspiration_onset", "provisional"):
        if early.breath in onsets:
            assert abs(onsets[early.breath].t_s - early.t_s) < 1.5


def test_columns() -> None:
    rows, _ = run(worn(QUIET))
    signal, phase, level = (
        rows.column(name) for name in ("breath_signal", "breath_phase", "breath_eel")
    )
    assert np.isnan(signal[:300]).all()
    assert np.isfinite(signal[300:]).all()
    assert set(np.unique(phase)) <= {-1.0, 0.0, 1.0}
    assert np.ptp(signal[3000:3500]) == pytest.approx(1.0, abs=0.6)
    troughs = [np.nanmin(signal[row : row + 250]) for row in range(1500, 5500, 250)]
    assert np.median(np.abs(level[1500:5500:250] - troughs)) < 0.2
    late = 0.8  # decisions are about this late
    inside = np.zeros(len(rows), dtype=bool)
    for onset_s, peak_s in zip(QUIET.onsets_s, QUIET.peaks_s, strict=True):
        inside |= (rows.t_s > onset_s + late) & (rows.t_s < peak_s + late - 0.2)
    known = (rows.t_s > 12) & (rows.t_s < 115)
    assert np.mean((phase[known] > 0) == inside[known]) > 0.9


def test_no_false_breath_at_the_start() -> None:
    """Whatever the phase at which the recording begins."""
    for first in range(0, 400, 37):
        chunk = worn(QUIET).rows(first, 2500)
        _, events = run(chunk)
        onsets = [mark.t_s for mark in marks(events, "inspiration_onset")]
        assert min(abs(QUIET.onsets_s - onsets[0])) < 0.4


def test_belts_swap_in_and_out() -> None:
    columns = two_belts(QUIET)
    for name, begin, end in (("chest", 1500, 2600), ("abdomen", 3500, 4600)):
        columns[f"{name}_excursion"][begin:end] = np.nan
        columns[f"{name}_ok"][begin:end] = 0.0
    rows, events = run(table(QUIET.t_s, **columns))
    found = [mark.t_s for mark in marks(events, "inspiration_onset")]
    inner = QUIET.onsets_s[(QUIET.onsets_s > 10) & (QUIET.onsets_s < 117)]
    assert matched([t for t in found if 9.6 < t < 117.4], inner, 0.4)[0] == 1.0
    assert {cycle.source for cycle in cycles(events)} == {"both", "chest", "abdomen"}
    assert np.nanmax(np.abs(np.diff(rows.column("breath_signal")))) < 0.2


def test_paradox_keeps_its_onsets_when_a_belt_is_lost() -> None:
    columns = two_belts(QUIET, turned=-1.0)
    columns["chest_ok"][2500:3600] = 0.0
    _, events = run(table(QUIET.t_s, **columns))
    found = [mark.t_s for mark in marks(events, "inspiration_onset")]
    inner = QUIET.onsets_s[(QUIET.onsets_s > 25) & (QUIET.onsets_s < 117)]
    assert matched([t for t in found if 24.6 < t < 117.4], inner, 0.4)[0] == 1.0


def test_after_a_long_gap_no_false_breath() -> None:
    columns = two_belts(QUIET)
    for name in ("chest", "abdomen"):
        columns[f"{name}_ok"][2000:3000] = 0.0
        columns[f"{name}_excursion"][2000:3000] = np.nan
    _, events = run(table(QUIET.t_s, **columns))
    for mark in marks(events, "inspiration_onset"):
        assert not 40.5 < mark.t_s < 60
        assert min(abs(QUIET.onsets_s - mark.t_s)) < 0.5
    for cycle in cycles(events):
        assert cycle.ttot_s < 8


def test_signals_that_are_never_numbers() -> None:
    t_s = np.arange(1000) / 50.0
    rows, events = run(table(t_s, chest_excursion=np.full(1000, np.nan)))
    assert events == []
    assert np.isnan(rows.column("breath_signal")).all()
    assert not rows.column("breath_phase").any()


def test_nothing_moves() -> None:
    t_s = np.arange(3000) / 50.0
    assert run(table(t_s, chest_excursion=np.full(3000, 4.0)))[1] == []


def test_hold_in_the_middle() -> None:
    at = int(np.searchsorted(QUIET.onsets_s, 60))
    row = round(QUIET.onsets_s[at] * 50)
    still = np.full(500, QUIET.volume[row])
    volume = np.concatenate([QUIET.volume[:row], still, QUIET.volume[row:]])
    t_s = np.arange(len(volume)) / 50.0
    noisy = volume + ripple(t_s, 0.01, 0.012)
    rows, events = run(table(t_s, chest_excursion=noisy))
    begun, ended = holds(events)
    assert (begun.state, ended.state) == ("begun", "ended")
    assert ended.duration_s == pytest.approx(10.0, abs=1.8)
    inside = (rows.t_s > begun.decided_s) & (rows.t_s < row / 50 + 10)
    assert not rows.column("breath_phase")[inside].any()


def test_sighs() -> None:
    lungs = breathe(15, 200, sigh_every=15, spread_depth=0.1)
    _, events = run(worn(lungs))
    found = [cycle.onset_s for cycle in cycles(events) if cycle.sigh]
    assert matched(found, lungs.onsets_s[14:-2:15], 0.5)[0] == 1.0


def test_motion_is_said_and_lowers_quality() -> None:
    moving = np.where((QUIET.t_s > 50) & (QUIET.t_s < 70), 1.0, 0.0)
    chunk = table(
        QUIET.t_s,
        chest_excursion=QUIET.volume + ripple(QUIET.t_s, 0.01, 0.012),
        pelvis_motion_mps2=moving,
    )
    calm = [c.quality for c in cycles(run(chunk)[1]) if c.onset_s > 72 or c.end_s < 48]
    moved = [c.quality for c in cycles(run(chunk)[1]) if c.onset_s > 52 and c.end_s < 68]
    assert max(moved) < min(calm)


def test_what_is_usual_survives_a_new_segment_and_other_belts() -> None:
    chunk = worn(QUIET)
    pipeline = Pipeline([BreathDetector()])
    pipeline.bind(chunk.info)
    _, before = pipeline.process(chunk.rows(0, 3000))
    both = table(QUIET.t_s, **two_belts(QUIET))
    after = Pipeline([BreathDetector()])
    after.bind(both.info, pipeline.kept())
    rows, events = after.process(both.rows(3000, 6000))
    assert np.isfinite(rows.column("breath_signal")[100]), "no second warm-up of six seconds"
    numbers = [mark.breath for mark in marks([*before, *events], "inspiration_onset")]
    assert numbers == sorted(numbers)


@settings(max_examples=15)
@given(st.lists(st.integers(1, 2999), max_size=25))
def test_any_cut_gives_the_same(cuts: list[int]) -> None:
    columns = two_belts(QUIET)
    columns["chest_ok"][700:900] = 0.0
    columns["abdomen_excursion"][800:1500] = np.nan
    columns["chest_excursion"][2000:2400] = columns["chest_excursion"][2000]
    columns["abdomen_excursion"][2000:2400] = columns["abdomen_excursion"][2000]
    chunk = table(QUIET.t_s, **columns).rows(0, 3000)
    whole, cut = run(chunk), run(chunk, cuts)
    assert whole[0].data.tobytes() == cut[0].data.tobytes()
    assert repr(whole[1]) == repr(cut[1])


def test_single_rows_give_the_same() -> None:
    chunk = worn(QUIET).rows(0, 2500)
    whole, cut = run(chunk), run(chunk, range(1, 2500))
    assert whole[0].data.tobytes() == cut[0].data.tobytes()
    assert repr(whole[1]) == repr(cut[1])
    decided = [event.decided_s for event in cut[1] if isinstance(event, BreathMark)]
    assert decided == sorted(decided)


def test_no_rows() -> None:
    assert run(worn(QUIET).rows(0, 0))[1] == []


def test_nothing_to_breathe_from() -> None:
    chunk = table(QUIET.t_s, pelvis_motion_mps2=QUIET.volume)
    with pytest.raises(StreamError, match="abdomen_excursion"):
        run(chunk)


def test_another_signal_can_be_breathed_from() -> None:
    chunk = table(QUIET.t_s, sternum_excursion=QUIET.volume)
    _, events = run(chunk, detector=BreathDetector(("sternum_excursion",)))
    assert {cycle.source for cycle in cycles(events)} == {"sternum"}


def test_a_belt_put_on_while_recording_is_measured_anew() -> None:
    t_s = np.arange(0, 120, 0.04)
    put_on = np.where(t_s < 5, 100 * np.sin(6 * t_s), 0.0)
    rng = np.random.default_rng(1)
    belt = put_on + np.sin(2 * np.pi * 0.25 * t_s) + rng.normal(0, 0.01, len(t_s))
    breaths = analyze_arrays(chest=(t_s, belt)).breaths
    found = [breath.peak_s for breath in breaths if breath.peak_s > 60]
    assert len(found) >= 13
    assert np.median([breath.ttot_s for breath in breaths[-10:]]) == pytest.approx(4.0, abs=0.1)


def test_a_belt_that_comes_to_rest_does_not_breathe_its_noise() -> None:
    t_s = np.arange(0, 200, 0.04)
    rng = np.random.default_rng(1)
    belt = np.where(t_s < 60, np.sin(2 * np.pi * 0.25 * t_s), 0.0)
    belt += rng.normal(0, 0.01, len(t_s))
    breaths = analyze_arrays(chest=(t_s, belt)).breaths
    assert sum(breath.peak_s > 75 for breath in breaths) == 0
