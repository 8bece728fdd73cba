from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.drivers.framing import (
    CounterUnwrap,
    FrameCutter,
    LineCutter,
    counting_direction,
    set_bits,
    sum_checksum,
)

# Frames of the tests: 'F', length, content, sum of all before it.
LONGEST = 255
TOO_LONG = "line too long"


def frame(content: bytes) -> bytes:
    head = bytes((ord("F"), len(content) + 3)) + content
    return head + bytes((sum_checksum(head),))


def length_of(head: bytes) -> int:
    return head[1] if head[0] == ord("F") and head[1] >= 3 else 0


def is_intact(data: bytes) -> bool:
    return sum_checksum(data[:-1]) == data[-1]


def cutter() -> FrameCutter:
    return FrameCutter(2, length_of, is_intact, lambda data: data[2:4] == b"ok")


def frames_of(pieces: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [found for _, found in pieces if found]


def skipped_of(pieces: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(skipped for skipped, _ in pieces)


def test_checksum_is_the_sum_modulo_256_and_can_leave_its_own_byte_out() -> None:
    assert sum_checksum(b"\xff\x02") == 1
    assert sum_checksum(bytes.fromhex("5805fd6a10"), skip=3) == 0x6A


def test_set_bits_are_ascending() -> None:
    assert set_bits(0x36) == [1, 2, 4, 5]
    assert set_bits(0) == []


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(0, 300), max_size=12))
def test_any_split_gives_the_same_frames(contents: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(frame, contents))
    whole = frames_of(cutter().cut(data))
    assert whole == [frame(content) for content in contents]
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    split = cutter()
    parts = [split.cut(data[a:b]) for a, b in pairwise(edges)]
    assert [found for part in parts for found in frames_of(part)] == whole


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_any_bytes_leave_less_than_the_longest_frame_waiting(payloads: list[bytes]) -> None:
    waiting = cutter()
    for payload in payloads:
        waiting.cut(payload)
        assert len(waiting) < LONGEST


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_every_byte_is_in_a_frame_skipped_or_waiting(payloads: list[bytes]) -> None:
    waiting = cutter()
    told = b""
    for payload in payloads:
        for skipped, found in waiting.cut(payload):
            told += skipped + found
    data = b"".join(payloads)
    assert data.startswith(told)
    assert len(told) + len(waiting) == len(data)


def test_a_damaged_frame_costs_itself_only() -> None:
    damaged = bytearray(frame(b"abc"))
    damaged[3] ^= 1
    pieces = cutter().cut(bytes(damaged) + frame(b"next"))
    assert pieces == [(bytes(damaged), frame(b"next"))]


def test_junk_like_a_long_head_does_not_hold_back_a_convincing_frame() -> None:
    junk = b"F\xf0"
    assert cutter().cut(junk + frame(b"ok 1")) == [(junk, frame(b"ok 1"))]
    # One that could as well be a part of the long frame has to wait for its end.
    assert cutter().cut(junk + frame(b"who knows")) == []


def test_a_long_frame_that_arrives_in_parts_is_waited_for() -> None:
    long = frame(b"x" * 150)
    waiting = cutter()
    assert waiting.cut(long[:100]) == []
    assert waiting.cut(long[100:]) == [(b"", long)]


def test_clear_forgets_the_unfinished_frame() -> None:
    waiting = cutter()
    waiting.cut(frame(b"abc")[:3])
    waiting.clear()
    assert frames_of(waiting.cut(frame(b"new"))) == [frame(b"new")]


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ([0, 1, 2, 3, 4], 1),
        ([254, 255, 0, 1], 1),
        ([3, 2, 1, 0, 255], -1),
        ([0, 1, 2, 5, 6, 7], 1),  # one lost
        ([7, 7, 7, 7, 7], 0),
        ([0, 17, 3, 99, 4], 0),
        ([0, 1, 2], 0),  # too few to tell
    ],
)
def test_direction_is_learned(values: list[int], direction: int) -> None:
    assert counting_direction(values, 256) == direction


SECOND = 1_000_000_000


@given(
    st.integers(0, 255),
    st.lists(st.integers(1, 2000), min_size=1, max_size=20),
    st.sampled_from([1, -1]),
    st.floats(-0.4, 0.4),
)
def test_gaps_of_any_size_are_counted(
    first: int, gaps: list[int], direction: int, jitter: float
) -> None:
    interval_s = 0.2
    unwrap = CounterUnwrap(256, direction)
    assert unwrap.step(first, 0, interval_s) == 1
    number = 0
    for gap in gaps:
        number += gap
        now_ns = int((number + jitter) * interval_s * SECOND)
        assert unwrap.step((first + direction * number) % 256, now_ns, interval_s) == gap
        jitter = -jitter


def test_a_gap_of_exactly_one_turn_is_told_by_time() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(9, 0, 0.1)
    assert unwrap.step(9, int(25.6 * SECOND), 0.1) == 256


def test_a_repeat_is_no_step() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(9, 0, 0.1)
    assert unwrap.step(9, SECOND // 100, 0.1) == 0


def test_one_that_comes_behind_later_ones_moves_nothing() -> None:
    unwrap = CounterUnwrap(256)
    steps = [unwrap.step(v, n * SECOND // 10, 0.1) for n, v in enumerate((254, 1, 255, 0, 1, 2))]
    assert steps == [1, 3, -2, -1, 0, 1]


def test_a_gap_of_nearly_a_turn_is_not_taken_for_one_that_comes_late() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(9, 0, 0.1)
    assert unwrap.step(7, int(25.4 * SECOND), 0.1) == 254


def test_a_counter_far_ahead_of_time_was_restarted() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(200, 0, 0.3)
    assert unwrap.step(0, int(0.3 * SECOND), 0.3) == 1  # 56 frames would take 17 s
    assert unwrap.step(1, int(0.6 * SECOND), 0.3) == 1


def test_lost_frames_within_a_burst_after_a_stall_are_counted() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(0, 0, 0.2)
    unwrap.step(1, 2 * SECOND, 0.2)
    assert unwrap.step(6, 2 * SECOND + 1, 0.2) == 5


def test_time_that_runs_backwards_does_no_harm() -> None:
    unwrap = CounterUnwrap(256)
    unwrap.step(0, SECOND, 0.2)
    assert unwrap.step(1, 0, 0.2) == 1


def test_lines_behind_the_first_one() -> None:
    lines = LineCutter(10)
    assert lines.cut(b"rest of one\nab\r\ncd") == [
        (b"rest of one", "first line, may be cut"),
        (b"ab\r", ""),
    ]
    assert lines.cut(b"ef\n\n") == [(b"cdef", ""), (b"", "")]
    lines.clear()
    assert lines.cut(b"gh\n") == [(b"gh", "first line, may be cut")]


def test_a_line_too_long_is_given_away_as_it_comes() -> None:
    lines = LineCutter(10)
    assert lines.cut(b"\n" + 25 * b"x") == [(b"", "first line, may be cut"), (25 * b"x", TOO_LONG)]
    assert lines.cut(5 * b"x") == []
    assert lines.cut(b"x\nab\n") == [(6 * b"x", TOO_LONG), (b"ab", "")]
    assert lines.cut(11 * b"x" + b"\n" + 10 * b"y" + b"\n") == [
        (11 * b"x", TOO_LONG),
        (10 * b"y", ""),
    ]


@given(st.lists(st.binary(max_size=8).map(lambda piece: piece.replace(b"y", b"\n"))))
def test_lines_lose_nothing_and_do_not_depend_on_cuts(pieces: list[bytes]) -> None:
    singly, whole = LineCutter(40), LineCutter(40)
    data = b"".join(pieces)[:40] + b"\n"
    parts = [line for byte in data for line in singly.cut(bytes((byte,)))]
    assert parts == whole.cut(data)
    assert b"\n".join(line for line, _ in parts) + b"\n" == data
