from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_sim.polar_frames import FACTOR, Measurement
from firmware_sim.polar_streams import (
    Compressor,
    FrameStream,
    PodClock,
    acc_encoder,
    ecg_encoder,
)
from firmware_sim.sensors import SensorClock

SECOND_US = 1_000_000
FIRST_NS = 599_616_000 * 1_000_000_000


def unpacked(content):
    """Undo the compression by hand, one bit at a time."""
    rows = [struct.unpack_from("<3h", content)]
    at = 6
    n_blocks = 0
    while at < len(content):
        n_bits, count = content[at : at + 2]
        size = -(-n_bits * count * 3 // 8)
        packed = content[at + 2 : at + 2 + size]
        bits = [packed[i // 8] >> i % 8 & 1 for i in range(n_bits * count * 3)]
        steps = [
            sum(bits[k * n_bits + i] << i for i in range(n_bits))
            - (bits[k * n_bits + n_bits - 1] << n_bits)
            for k in range(count * 3)
        ]
        for k in range(count):
            rows.append(tuple(rows[-1][i] + steps[3 * k + i] for i in range(3)))
        at += 2 + size
        n_blocks += 1
    assert at == len(content)
    return np.array(rows), n_blocks


def made_stream(rate_hz=100.0, n_most=36, encode=acc_encoder, error=0.0, jitter_us=0):
    """A stream whose samples are their own times in ms."""

    def measure(t_s):
        return np.round(np.outer(t_s * 1000.0, [1.0, -1.0, 0.0])).astype(int)

    return FrameStream(
        Measurement.ACCELERATION,
        0x01,
        measure,
        encode,
        n_most,
        SensorClock(0, 1e6 / rate_hz, error),
        jitter_us,
        np.random.default_rng(1),
    )


def test_the_pod_counts_on_a_timer_of_its_own():
    pod = PodClock(2 * SECOND_US, FIRST_NS, 0.01)
    assert pod.stamp_ns(2 * SECOND_US) == FIRST_NS
    later_ns = pod.stamp_ns(102 * SECOND_US) - FIRST_NS
    assert later_ns == pytest.approx(101e9, abs=31_000)
    ticks = later_ns * 32768 / 1e9
    assert ticks == pytest.approx(round(ticks), abs=1e-4)


def test_frames_are_full_and_stamped_with_their_last_sample():
    stream, pod = made_stream(), PodClock(0, FIRST_NS, 0.0)
    frames = stream.advance(2 * SECOND_US, pod)
    assert len(frames) == 5
    for number, (leaves_us, frame) in enumerate(frames, 1):
        assert len(frame) == 226
        measurement, stamp_ns, frame_type = struct.unpack_from("<BQB", frame)
        assert (measurement, frame_type) == (2, 1)
        last_us = number * 360_000
        assert stamp_ns - FIRST_NS == pytest.approx(last_us * 1000, abs=31_000)
        assert struct.unpack_from("<h", frame, 220)[0] == last_us // 1000
        assert leaves_us == last_us + 10_000


def test_any_cut_of_time_gives_the_same_frames():
    pod = PodClock(0, FIRST_NS, 0.0)
    whole = made_stream(jitter_us=8000).advance(3 * SECOND_US, pod)
    stream = made_stream(jitter_us=8000)
    cut = [f for now_us in range(0, 3 * SECOND_US + 1, 7000) for f in stream.advance(now_us, pod)]
    assert cut == whole[: len(cut)]
    assert len(whole) - len(cut) <= 1
    delays_us = [leaves_us - 360_000 * (i + 1) for i, (leaves_us, _) in enumerate(whole)]
    assert 10_000 <= min(delays_us) < max(delays_us) <= 18_000


def test_what_nobody_heard_is_left_out():
    stream, pod = made_stream(), PodClock(0, FIRST_NS, 0.0)
    stream.advance(SECOND_US, pod)
    stream.skip_to(10 * SECOND_US)
    leaves_us, frame = stream.advance(11 * SECOND_US, pod)[0]
    assert struct.unpack_from("<h", frame, 10)[0] == 10_010
    assert leaves_us == 10_370_000


@pytest.mark.parametrize("in_factors", [False, True])
def test_compressed_frames_hold_the_samples_and_fit(in_factors):
    rng = np.random.default_rng(3)
    scale = 1000.0 * FACTOR if in_factors else 1.0
    compressor = Compressor(229, in_factors, rng)
    counts = set()
    for roughness in (1.0, 10.0, 60.0, 400.0):
        moved = roughness * rng.standard_normal((71, 3))
        samples = np.round(moved + np.array([0, -200, 970])).astype(int)
        n, content = compressor(samples)
        rows, n_blocks = unpacked(content)
        assert len(content) + 10 <= 229
        assert 1 <= n_blocks <= 3
        assert len(rows) == n
        np.testing.assert_allclose(rows * scale, samples[:n], atol=0.5 * scale)
        counts.add(n)
    assert max(counts) == 71
    assert min(counts) < 71


def test_samples_a_frame_does_not_take_go_into_the_next():
    def three_at_a_time(samples):
        return 3, acc_encoder(samples[:3])[1]

    stream = made_stream(n_most=5, encode=three_at_a_time)
    frames = stream.advance(SECOND_US, PodClock(0, FIRST_NS, 0.0))
    told = [row for _, frame in frames for row in struct.iter_unpack("<3h", frame[10:])]
    assert [row[0] for row in told] == [10 * k for k in range(1, len(told) + 1)]


def test_ecg_samples_take_three_bytes():
    assert ecg_encoder(np.array([-1, 2])) == (2, b"\xff\xff\xff\x02\x00\x00")
