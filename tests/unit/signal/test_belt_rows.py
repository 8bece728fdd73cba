from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.results import BreathCycle
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.belt_rows import BeltRows, breath_rows
from tests.unit.signal.test_separation import breaths

UNITS = {"excursion": "N", "ok": "flag", "reason": "reason"}
NAMES = [f"{site}_{what}" for site in ("chest", "abdomen") for what in UNITS]
INFO = StreamInfo("t", tuple(Channel(name, UNITS[name.split("_")[1]]) for name in NAMES), 50.0)
T_S = np.arange(0, 20, 0.02)


def table(**columns: FloatArray | float) -> Chunk:
    whole = {"chest_ok": 1.0, "abdomen_ok": 1.0} | columns
    data = np.column_stack([np.broadcast_to(whole.get(name, 0.0), T_S.shape) for name in NAMES])
    return Chunk(INFO, T_S.copy(), T_S + 0.3, data)


def cycle(onset_s: float, peak_s: float, end_s: float) -> BreathCycle:
    first = breaths(1.0, 1)[0]
    assert isinstance(first, BreathCycle)
    return dataclasses.replace(first, onset_s=onset_s, peak_s=peak_s, end_s=end_s)


def test_each_belt_is_known_where_it_is_trusted() -> None:
    ok = np.where(T_S < 10, 1.0, 0.0)
    values = BeltRows(INFO).trusted(table(chest_excursion=T_S, abdomen_ok=ok))
    np.testing.assert_array_equal(values[:, 0], T_S)
    assert np.isfinite(values[:, 1]).tolist() == (T_S < 10).tolist()


@pytest.mark.parametrize(
    ("reason", "sized"),
    [(Reason.SATURATED, False), (Reason.SETTLING, False), (Reason.BRIDGED, True)],
)
def test_some_reasons_leave_the_timing_but_not_the_size(reason: Reason, sized: bool) -> None:
    belts, chunk = BeltRows(INFO), table(chest_reason=float(reason))
    assert np.isfinite(belts.trusted(chunk)).all()
    assert np.isfinite(belts.sized(chunk)[:, 0]).all() == sized
    assert np.isfinite(belts.sized(chunk)[:, 1]).all()


def test_flags_may_be_absent_but_belts_may_not() -> None:
    bare = dataclasses.replace(INFO, channels=(INFO.channels[0], INFO.channels[3]))
    chunk = Chunk(bare, T_S.copy(), T_S + 0.3, np.column_stack([T_S, T_S]))
    assert np.isfinite(BeltRows(bare).sized(chunk)).all()
    with pytest.raises(StreamError, match="abdomen_excursion"):
        BeltRows(dataclasses.replace(INFO, channels=INFO.channels[:3]))


def test_a_breath_is_cut_out_with_what_lies_around_it() -> None:
    rows = np.column_stack([T_S, T_S, -T_S])
    found = breath_rows(cycle(4.0, 5.5, 8.0), rows, 5)
    assert found is not None
    assert (found.margin, found.peak_row) == (5, 75)
    assert found.chest[[5, -6]] == pytest.approx([4.0, 8.0])
    assert found.abdomen[0] == pytest.approx(-3.9)
    first = breath_rows(cycle(0.04, 1.0, 3.0), rows, 5)
    assert first is not None
    assert first.margin == 2


def test_a_short_hole_is_bridged_and_a_long_one_is_not() -> None:
    for until_s, known in ((5.3, True), (5.6, False)):
        rows = np.column_stack([T_S, T_S, -T_S])
        rows[(T_S >= 5.0) & (until_s > T_S), 1] = np.nan
        found = breath_rows(cycle(4.0, 5.5, 8.0), rows, 5)
        assert (found is not None) == known
        if found is not None:
            assert np.diff(found.chest) == pytest.approx(0.02)


@pytest.mark.parametrize(("onset_s", "end_s"), [(-1.0, 3.0), (18.0, 21.0), (5.0, 5.1)])
def test_what_is_not_there_is_none(onset_s: float, end_s: float) -> None:
    rows = np.column_stack([T_S, T_S, -T_S])
    assert breath_rows(cycle(onset_s, (onset_s + end_s) / 2, end_s), rows, 5) is None


def test_the_time_between_belts_is_known_as_well_as_both_clocks() -> None:
    channels = (*INFO.channels, *(Channel(f"{s}_clock_se_s", "s") for s in ("chest", "abdomen")))
    chunk = table(chest_excursion=T_S)
    clocks = np.column_stack([np.full(len(T_S), 0.003), np.where(T_S < 10, 0.004, np.nan)])
    info = dataclasses.replace(INFO, channels=channels)
    clocked = Chunk(info, chunk.t_s, chunk.arrival_s, np.hstack([chunk.data, clocks]))
    se_s = BeltRows(info).timing_se_s(clocked)
    assert se_s[T_S < 10] == pytest.approx(0.005)
    assert np.isnan(se_s[T_S >= 10]).all()
    assert np.isnan(BeltRows(INFO).timing_se_s(chunk)).all()
