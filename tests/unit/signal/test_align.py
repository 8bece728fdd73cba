"""The aligner against entries of simulated sensors, one at a time and thousands at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback.core.errors import StreamError
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.align import SILENCE_S, AlignedStream, Aligner, waiting_times


def native(name: str, rate_hz: float) -> AlignedStream:
    """A stream of ``<name>_excursion``, ``<name>_ok``, ``<name>_reason`` and an unused column."""
    channels = (
        Channel("unused", "N"),
        Channel(f"{name}_excursion", "N"),
        Channel(f"{name}_ok", "flag"),
        Channel(f"{name}_reason", "reason"),
    )
    info = StreamInfo(name, channels, rate_hz)
    return AlignedStream(name, info, info.names[1:])


CHEST, ABDOMEN = native("chest", 10.0), native("abdomen", 25.0)


@dataclass(frozen=True)
class Came:
    """An entry: its time, and rows of one stream it brought, if any."""

    now_s: float
    chunk: Chunk | None = None


def rows(
    stream: AlignedStream,
    t_s: Sequence[float] | FloatArray,
    arrival_s: float,
    values: Sequence[float] | FloatArray | None = None,
    ok: float | Sequence[float] = 1.0,
    reason: float | Sequence[float] = 0.0,
    segment: int = 0,
) -> Chunk:
    times = np.array(t_s, dtype=float)
    columns = [np.full(len(times), 9.0), times if values is None else np.array(values, dtype=float)]
    columns += [
        np.broadcast_to(np.asarray(flag, dtype=float), times.shape) for flag in (ok, reason)
    ]
    data = np.stack(columns, axis=1)
    return Chunk(stream.info, times, np.full(len(times), arrival_s), data, segment)


def entries(
    stream: AlignedStream,
    until_s: float,
    n_samples: int,
    delay_s: float = 0.03,
    start_s: float = 0.0,
) -> list[Came]:
    rate_hz = stream.info.sample_rate_hz
    count = round((until_s - start_s) * rate_hz)
    t_s = start_s + np.arange(count) / rate_hz
    packets = [t_s[i : i + n_samples] for i in range(0, count, n_samples)]
    return [Came(float(t[-1]) + delay_s, rows(stream, t, float(t[-1]) + delay_s)) for t in packets]


def in_order(*lists: Sequence[Came]) -> list[Came]:
    """Put entries in order, at times that always grow."""
    now_s, ordered = -np.inf, []
    for came in sorted((came for each in lists for came in each), key=lambda came: came.now_s):
        now_s = max(came.now_s, now_s + 1e-9)
        chunk = came.chunk
        if chunk is not None:
            chunk = replace(chunk, arrival_s=np.full(len(chunk), now_s))
        ordered.append(Came(now_s, chunk))
    return ordered


def ticks(until_s: float) -> list[Came]:
    return [Came(float(t)) for t in np.arange(0.0, until_s, 0.25)]


def aligner(*streams: AlignedStream, start_s: float = 0.0, max_wait_s: float = 0.6) -> Aligner:
    streams = streams or (CHEST, ABDOMEN)
    return Aligner(streams, start_s=start_s, max_gap_s=1.0, max_wait_s=max_wait_s)


def fed(table: Aligner, came: Sequence[Came], cuts: Sequence[int] | None = None) -> list[Chunk]:
    """Feed entries in groups ending before `cuts` (default: one at a time)."""
    bounds = list(range(1, len(came))) if cuts is None else sorted({c for c in cuts if c > 0})
    chunks: list[Chunk] = []
    for begin, end in zip([0, *bounds], [*bounds, len(came)], strict=True):
        group = came[begin:end]
        for entry in group:
            if entry.chunk is not None:
                table.push(entry.chunk.info.stream_id, entry.chunk)
        chunks += table.advance(np.array([entry.now_s for entry in group]))
    return chunks


def whole(chunks: Sequence[Chunk]) -> Chunk:
    """Join chunks that must be of one segment without a hole in the count."""
    assert {chunk.segment for chunk in chunks} == {chunks[0].segment}
    count = chunks[0].first_index
    for chunk in chunks:
        assert chunk.first_index == count
        count += len(chunk)
    return replace(
        chunks[0],
        t_s=np.concatenate([chunk.t_s for chunk in chunks]),
        arrival_s=np.concatenate([chunk.arrival_s for chunk in chunks]),
        data=np.concatenate([chunk.data for chunk in chunks]),
    )


def image(chunks: Sequence[Chunk]) -> list[tuple[int, int, bytes]]:
    """Every row with its segment and number, as bytes."""
    return [
        (
            chunk.segment,
            chunk.first_index + row,
            chunk.t_s[row].tobytes() + chunk.arrival_s[row].tobytes() + chunk.data[row].tobytes(),
        )
        for chunk in chunks
        for row in range(len(chunk))
    ]


def test_table_has_the_columns_asked_for() -> None:
    info = aligner().info
    assert info.stream_id == "table"
    assert info.sample_rate_hz == 50.0
    assert info.names == (*CHEST.columns, *ABDOMEN.columns)
    assert info.channels[1] == Channel("chest_ok", "flag")


def test_values_lie_between_their_neighbours() -> None:
    table = whole(fed(aligner(), in_order(entries(CHEST, 10, 1), entries(ABDOMEN, 10, 3))))
    assert table.t_s.tobytes() == (np.arange(len(table)) / 50.0).tobytes()
    assert 480 < len(table) < 500
    assert table.column("chest_excursion") == pytest.approx(table.t_s, abs=1e-12)
    assert table.column("abdomen_excursion") == pytest.approx(table.t_s, abs=1e-12)
    assert (table.column("chest_ok") == 1).all()
    assert (table.column("abdomen_reason") == 0).all()
    assert (table.arrival_s > table.t_s).all()
    assert (np.diff(table.arrival_s) >= 0).all()


def test_a_row_comes_with_the_entry_that_completes_it() -> None:
    came = in_order(entries(CHEST, 10, 1), entries(ABDOMEN, 10, 5))
    table = whole(fed(aligner(), came))
    packets = [(c.now_s, c.chunk) for c in came if c.chunk is not None]
    for t_s, arrival_s in zip(table.t_s, table.arrival_s, strict=True):
        assert arrival_s == max(
            min(now for now, chunk in packets if chunk.info is stream.info and chunk.t_s[-1] >= t_s)
            for stream in (CHEST, ABDOMEN)
        )


def test_rows_start_where_asked() -> None:
    table = whole(
        fed(aligner(start_s=1.005), in_order(entries(CHEST, 5, 1), entries(ABDOMEN, 5, 1)))
    )
    assert table.t_s[0] == 51 / 50


def test_a_row_exactly_on_a_native_row_needs_no_other() -> None:
    table = aligner(CHEST)
    table.push("chest", rows(CHEST, [1.0], 1.1, [7.0]))
    (chunk,) = table.advance(np.array([1.1]))
    assert chunk.t_s.tolist() == [1.0]
    assert chunk.column("chest_excursion").tolist() == [7.0]


def test_flags_need_both_neighbours_and_reasons_add_up() -> None:
    table = aligner(CHEST)
    flat, slip = float(Reason.FLAT), float(Reason.SLIP)
    table.push("chest", rows(CHEST, [0.0, 0.1, 0.2], 0.3, ok=[1, 0, 1], reason=[0, flat, slip]))
    (chunk,) = table.advance(np.array([0.3]))
    assert chunk.column("chest_ok").tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert set(chunk.column("chest_reason")[1:6]) == {flat}
    assert set(chunk.column("chest_reason")[6:10]) == {flat + slip}
    assert chunk.column("chest_reason")[10] == slip


def test_numbers_that_are_none_stay_so() -> None:
    table = aligner(CHEST)
    table.push(
        "chest", rows(CHEST, [0.0, 0.1, 0.2], 0.3, [1.0, np.nan, 3.0], reason=[0, np.nan, 0])
    )
    (chunk,) = table.advance(np.array([0.3]))
    known = np.isfinite(chunk.column("chest_excursion"))
    assert known.tolist() == [True] + 9 * [False] + [True]
    assert np.isfinite(chunk.column("chest_reason")).all()


@pytest.mark.parametrize(("hole_s", "bridged"), [(0.4, True), (1.0, True), (1.1, False)])
def test_short_holes_are_bridged_and_marked(hole_s: float, bridged: bool) -> None:
    table = aligner(CHEST, max_wait_s=2.0)
    t_s = np.round([0.0, 0.1, 0.1 + hole_s, 0.2 + hole_s], 3)
    table.push("chest", rows(CHEST, t_s, 0.3 + hole_s))
    chunk = whole(table.advance(np.array([0.3 + hole_s])))
    inside = (chunk.t_s > 0.11) & (chunk.t_s < 0.09 + hole_s)
    reason = Reason.BRIDGED if bridged else Reason.GAP
    assert set(chunk.column("chest_reason")[inside]) == {float(reason)}
    assert set(chunk.column("chest_ok")[inside]) == {float(bridged)}
    assert (np.isfinite(chunk.column("chest_excursion")[inside]) == bridged).all()
    assert set(chunk.column("chest_reason")[~inside]) == {0.0}


def test_native_segments_are_bridged_and_marked() -> None:
    table = aligner(CHEST)
    table.push("chest", rows(CHEST, [0.0, 0.1], 0.15))
    table.push("chest", rows(CHEST, [0.2, 0.3], 0.35, segment=1))
    (chunk,) = table.advance(np.array([0.15, 0.35]))
    marked = chunk.column("chest_reason") == float(Reason.BRIDGED)
    assert chunk.t_s[marked] == pytest.approx([0.12, 0.14, 0.16, 0.18])


def test_a_lost_stream_does_not_stop_the_others() -> None:
    came = in_order(entries(CHEST, 4, 1), entries(ABDOMEN, 20, 1), ticks(20))
    table = whole(fed(aligner(), came))
    late = table.t_s > 4.0
    assert 900 < len(table) < 1000
    assert np.isnan(table.column("chest_excursion")[late]).all()
    assert set(table.column("chest_ok")[late]) == {0.0}
    assert set(table.column("chest_reason")[late]) == {float(Reason.GAP)}
    assert np.isfinite(table.column("abdomen_excursion")).all()
    assert set(table.column("abdomen_ok")) == {1.0}
    waited_s = table.arrival_s[late] - table.t_s[late]
    assert 0.6 - 1e-9 < waited_s.min() < waited_s.max() < 0.6 + 0.05


@pytest.mark.parametrize("cuts", [None, []])
def test_what_comes_too_late_is_missing_even_if_it_is_known_by_then(cuts: list[int] | None) -> None:
    chest = rows(CHEST, [0.0, 0.1, 0.2, 0.3], 0.9)
    abdomen = rows(ABDOMEN, [0.0, 0.04, 0.2, 0.3], 0.31)
    came = [Came(0.31, abdomen), Came(0.65), Came(0.9, chest)]
    table = whole(fed(aligner(), came, cuts))
    known = np.isfinite(table.column("chest_excursion"))
    assert table.t_s[~known] == pytest.approx([0.0, 0.02, 0.04])
    assert set(table.arrival_s[~known]) == {0.65}
    assert set(table.arrival_s[known]) == {0.9}
    assert np.isfinite(table.column("abdomen_excursion")).all()


def test_before_its_first_row_a_stream_is_missing() -> None:
    came = in_order(entries(CHEST, 6, 1, start_s=3.0), entries(ABDOMEN, 6, 1), ticks(6))
    table = whole(fed(aligner(), came))
    assert table.t_s[0] == 0.0
    assert np.isnan(table.column("chest_excursion")[table.t_s < 3.0]).all()
    assert np.isfinite(table.column("chest_excursion")[table.t_s >= 3.0]).all()


def test_total_silence_pauses_the_table() -> None:
    before = in_order(entries(CHEST, 4, 1), entries(ABDOMEN, 4, 1))
    after = in_order(entries(CHEST, 34, 1, start_s=30), entries(ABDOMEN, 34, 1, start_s=30))
    chunks = fed(aligner(), in_order(before, after, ticks(34)))
    first = whole([chunk for chunk in chunks if chunk.segment == 0])
    second = whole([chunk for chunk in chunks if chunk.segment == 1])
    last_s = first.t_s[np.isfinite(first.column("abdomen_excursion"))][-1]
    assert first.t_s[-1] == pytest.approx(last_s + SILENCE_S)
    assert (second.t_s[0], second.first_index) == (30.0, 0)
    assert {chunk.segment for chunk in chunks} == {0, 1}


def test_silence_of_a_few_seconds_does_not_pause_it() -> None:
    before = in_order(entries(CHEST, 4, 1), entries(ABDOMEN, 4, 1))
    after = in_order(entries(CHEST, 12, 1, start_s=8), entries(ABDOMEN, 12, 1, start_s=8))
    table = whole(fed(aligner(), in_order(before, after, ticks(12))))
    assert np.diff(table.t_s) == pytest.approx(0.02)


def test_segments_count_on_from_the_one_given() -> None:
    table = Aligner([CHEST], start_s=0.0, max_gap_s=1.0, max_wait_s=0.5, segment=7)
    assert fed(table, entries(CHEST, 2, 1))[0].segment == 7


def test_a_day_of_silence_costs_no_memory() -> None:
    table = aligner()
    fed(table, in_order(entries(CHEST, 2, 1), entries(ABDOMEN, 2, 1)))
    chunks = table.advance(np.array([3600.0, 3600.5]))
    assert sum(len(chunk) for chunk in chunks) <= (SILENCE_S + 1) * 50


def test_memory_is_bounded_when_a_stream_is_lost_for_an_hour() -> None:
    table = aligner()
    fed(table, in_order(entries(CHEST, 2, 1), entries(ABDOMEN, 2, 1)))
    t_s = 2.0 + np.arange(3600 * 25) / 25.0
    for begin in range(0, len(t_s), 250):
        part = t_s[begin : begin + 250]
        table.push("abdomen", rows(ABDOMEN, part, float(part[-1])))
        table.advance(np.array([part[-1]]))
    assert [len(source._t_s) for source in table._sources] == [1, pytest.approx(20, abs=5)]


def test_rows_that_are_not_later_are_left_out() -> None:
    table = aligner(CHEST)
    table.push("chest", rows(CHEST, [0.0, 0.1], 0.1, [1.0, 1.0]))
    table.push("chest", rows(CHEST, [0.05, 0.1, np.nan, 0.2], 0.2, [5.0, 5.0, 5.0, 1.0]))
    (chunk,) = table.advance(np.array([0.1, 0.2]))
    assert set(chunk.column("chest_excursion")) == {1.0}
    assert len(chunk) == 11


def test_nothing_comes_of_nothing() -> None:
    table = aligner()
    assert table.advance(np.empty(0)) == []
    assert table.advance(np.array([100.0])) == []
    table.push("chest", rows(CHEST, [], 100.0))
    assert table.advance(np.array([101.0])) == []


@settings(max_examples=60)
@given(st.data())
def test_any_grouping_gives_the_same_table(data: st.DataObject) -> None:
    """Random packets with stalls, holes, breaks and ticks; random cuts; always single entries."""
    came: list[Came] = []
    for stream in (CHEST, ABDOMEN):
        t_s, free_s, segment = data.draw(st.floats(0.0, 2.0)), 0.0, 0
        for n_samples, step, delay_s in data.draw(
            st.lists(
                st.tuples(
                    st.integers(1, 4),
                    st.sampled_from([1.0, 1.0, 1.0, 1.0, 3.0, 30.0, 200.0]),
                    st.sampled_from([0.0, 0.01, 0.02, 0.7, 2.0]),
                ),
                max_size=25,
            )
        ):
            t_s += step / stream.info.sample_rate_hz
            segment += step > 3.0
            times = t_s + np.arange(n_samples) / stream.info.sample_rate_hz
            t_s = float(times[-1])
            free_s = max(free_s, t_s + delay_s)
            came.append(Came(free_s, rows(stream, times, free_s, np.sin(times), segment=segment)))
    came = in_order(came, ticks(data.draw(st.sampled_from([0.0, 20.0]))), [Came(60.0)])
    cuts = data.draw(st.lists(st.integers(1, len(came)), max_size=8).map(sorted))
    single = image(fed(aligner(), came))
    assert image(fed(aligner(), came, [])) == single
    assert image(fed(aligner(), came, [c for c in cuts if c < len(came)])) == single


def test_waiting_follows_the_longest_packet() -> None:
    assert waiting_times([]) == (0.5, 1.0)
    assert waiting_times([0.3, 0.02]) == (0.5, 1.0)
    assert waiting_times([0.6, 1.4]) == pytest.approx((2.1, 1.75))
    assert waiting_times([30.0]) == (45.0, 2.0)


def test_wrong_set_up_is_told() -> None:
    with pytest.raises(StreamError, match="at least one stream"):
        Aligner([], start_s=0.0, max_gap_s=1.0, max_wait_s=1.0)
    with pytest.raises(StreamError, match="max_wait_s is 0"):
        Aligner([CHEST], start_s=0.0, max_gap_s=1.0, max_wait_s=0.0)
    with pytest.raises(StreamError, match="max_gap_s is -1"):
        Aligner([CHEST], start_s=0.0, max_gap_s=-1.0, max_wait_s=1.0)
    with pytest.raises(StreamError, match="needs at least"):
        Aligner([CHEST], start_s=0.0, max_gap_s=0.1, max_wait_s=1.0)
    with pytest.raises(StreamError, match="twice"):
        Aligner([CHEST, CHEST], start_s=0.0, max_gap_s=1.0, max_wait_s=1.0)
    with pytest.raises(StreamError, match="hips"):
        Aligner([replace(CHEST, columns=("hips",))], start_s=0.0, max_gap_s=1.0, max_wait_s=1.0)


def test_foreign_rows_are_refused() -> None:
    with pytest.raises(StreamError, match="not aligned here"):
        aligner(CHEST).push("abdomen", rows(ABDOMEN, [0.0], 0.0))
    with pytest.raises(StreamError, match="announced were"):
        aligner(CHEST).push("chest", rows(ABDOMEN, [0.0], 0.0))


@pytest.mark.parametrize(("n_lost", "repaired"), [(0, 0.0), (1, 1.0), (8, 8.0), (11, 0.0)])
def test_lost_samples_that_were_bridged_are_counted(n_lost: int, repaired: float) -> None:
    table = aligner(CHEST)
    t_s = np.arange(40 + n_lost) / 10
    t_s = np.delete(t_s, slice(20, 20 + n_lost))
    for begin in range(0, len(t_s), 7):
        piece = t_s[begin : begin + 7]
        table.push("chest", rows(CHEST, piece, piece[-1]))
    table.advance(np.array([t_s[-1]]))
    assert table.repaired("chest") == pytest.approx(repaired, abs=0.25)
    assert table.repaired("chest") == 0.0


def test_a_hole_that_was_bridged_too_late_is_not_repaired() -> None:
    """Rows that were given out as missing stay so, whatever comes afterwards."""
    table = aligner(CHEST)
    table.push("chest", rows(CHEST, np.arange(20) / 10, 1.9))
    table.advance(np.array([1.9, 2.3, 2.7]))
    table.push("chest", rows(CHEST, np.arange(28, 40) / 10, 3.9))
    table.advance(np.array([3.9]))
    assert 1.0 < table.repaired("chest") < 7.5
