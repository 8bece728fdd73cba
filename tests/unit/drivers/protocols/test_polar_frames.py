from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.protocols.polar_frames import (
    DataFrame,
    FrameClock,
    data_frame,
    scale_mps2,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "polar"
MS = 1_000_000


def rows_of(name: str) -> list[dict[str, Any]]:
    return list(map(json.loads, (VECTORS / name).read_text("utf-8").splitlines()))


def decoded(payload: bytes) -> DataFrame:
    frame = data_frame(payload)
    assert isinstance(frame, DataFrame)
    return frame


@pytest.mark.parametrize("row", rows_of("frames.jsonl"), ids=lambda row: row["name"])
def test_vector(row: dict[str, Any]) -> None:
    frame, wanted = decoded(bytes.fromhex(row["hex"])), row["decoded"]
    assert frame.measurement == wanted["measurement"]
    assert (frame.stamp_ns, frame.frame_type) == (wanted["stamp_ns"], wanted["frame_type"])
    if "uv" in wanted:
        np.testing.assert_array_equal(frame.counts[:, 0], wanted["uv"])
        return
    scale = scale_mps2(frame.frame_type, wanted.get("factor"))
    assert scale is not None
    np.testing.assert_allclose(
        frame.counts * scale,
        np.array(wanted["mg"]) * STANDARD_GRAVITY_MPS2 / 1000.0,
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize(
    "row",
    [row for row in rows_of("broken.jsonl") if not row["name"].startswith(("control", "scaled"))],
    ids=lambda row: row["name"],
)
def test_broken_vector(row: dict[str, Any]) -> None:
    assert data_frame(bytes.fromhex(row["hex"])) == row["decoded"]["garbage"]


def packed(steps: list[list[int]], bits: int) -> bytes:
    """Pack one bit at a time, as the byte table words it."""
    flat = [value >> bit & 1 for step in steps for value in step for bit in range(bits)]
    flat += [0] * (-len(flat) % 8)
    body = bytes(
        sum(flag << bit for bit, flag in enumerate(flat[at : at + 8]))
        for at in range(0, len(flat), 8)
    )
    return bytes((bits, len(steps))) + body


@st.composite
def blocks(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    bits = draw(st.integers(1, 24))
    value = st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)
    step = st.lists(value, min_size=3, max_size=3)
    return bits, draw(st.lists(step, min_size=1, max_size=20))


@given(st.lists(st.integers(-32768, 32767), min_size=3, max_size=3), st.lists(blocks(), max_size=4))
def test_any_blocks_are_unpacked(reference: list[int], written: Any) -> None:
    content = np.array(reference, dtype="<i2").tobytes()
    content += b"".join(packed(steps, bits) for bits, steps in written)
    frame = decoded(b"\x02" + bytes(8) + b"\x81" + content)
    rows = np.array([reference, *(step for _, steps in written for step in steps)])
    np.testing.assert_array_equal(frame.counts, np.cumsum(rows, axis=0))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told_unreadable(content: bytes) -> None:
    for payload in (content, b"\x02" + bytes(8) + b"\x81" + content, bytes(10) + content):
        frame = data_frame(payload)
        assert isinstance(frame, str) or len(frame.counts) >= 1


def test_what_a_count_is_worth() -> None:
    g = STANDARD_GRAVITY_MPS2
    assert scale_mps2(0x01, None) == scale_mps2(0x01, 0.5) == g / 1000
    assert scale_mps2(0x81, None) == g / 1000
    assert scale_mps2(0x81, 0.5) == g / 2000
    assert scale_mps2(0x80, None) is None
    assert scale_mps2(0x80, 0.000244) == pytest.approx(0.000244 * g)


def test_the_first_frame_is_counted_back_by_the_nominal_period() -> None:
    times = FrameClock(100.0).times_ns(1_000 * MS, 4)
    assert times.dtype == np.int64
    assert times.tolist() == [970 * MS, 980 * MS, 990 * MS, 1_000 * MS]


def test_samples_lie_evenly_between_the_stamps() -> None:
    clock = FrameClock(100.0)
    clock.times_ns(1_000 * MS, 4)
    assert clock.times_ns(1_044 * MS, 4).tolist() == [t * MS for t in (1_011, 1_022, 1_033, 1_044)]


def test_a_missing_frame_leaves_a_hole_of_its_length() -> None:
    clock = FrameClock(100.0)
    clock.times_ns(1_000 * MS, 4)
    clock.times_ns(1_044 * MS, 4)
    times = clock.times_ns(1_132 * MS, 4)
    assert times.tolist() == [t * MS for t in (1_099, 1_110, 1_121, 1_132)]


def test_a_repeated_frame_has_the_same_times_and_a_clock_set_back_goes_on_by_period() -> None:
    clock = FrameClock(100.0)
    first = clock.times_ns(1_000 * MS, 4)
    np.testing.assert_array_equal(clock.times_ns(1_000 * MS, 4), first)
    assert clock.times_ns(500 * MS, 2).tolist() == [490 * MS, 500 * MS]


def test_stamps_of_a_captured_ecg_are_130_17_hz() -> None:
    clock = FrameClock(130.0)
    clock.times_ns(599622173760485265, 73)
    times = clock.times_ns(599622174321294204, 73)
    assert times[-1] == 599622174321294204
    assert np.diff(times) == pytest.approx(7_682_314, abs=1)


def test_times_at_the_limits_do_not_overflow() -> None:
    clock = FrameClock(25.0)
    clock.times_ns(0, 255)
    times = clock.times_ns((1 << 62) - 1, 65_535)
    assert (np.diff(times) > 0).all()
