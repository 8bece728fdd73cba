"""Trust, books and clocks of a session, in numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from biofeedback.core.account import StreamAccount
from biofeedback.core.results import ClockFit, SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.summary import summarise
from biofeedback.signal.summary_sensors import sensor_summary, stream_summary, timing_se_s

WHEN = {"t_s": 1.0, "decided_s": 1.0, "arrival_s": 1.0}
ACCOUNT = StreamAccount("a/force", 100, 7, 5.96, 2, 10.1, 0.02, 0.001, 0.002, 0.0)
QUALITY = SensorQuality(**WHEN, role="chest_belt", ok=False, reason=int(Reason.FLAT))


def table(chest_se_s: FloatArray | float = math.nan, abdomen_se_s: float = math.nan) -> Chunk:
    """Twenty seconds of two belts; the first five of the chest are no data."""
    t_s = np.arange(1001) / 50.0
    gap = t_s < 5.0
    columns = {
        "chest_ok": (np.where(gap, 0.0, 1.0), "flag"),
        "chest_reason": (np.where(gap, float(Reason.GAP | Reason.FLAT), 0.0), "reason"),
        "chest_clock_se_s": (np.broadcast_to(chest_se_s, t_s.shape), "s"),
        "abdomen_ok": (np.ones(1001), "flag"),
        "abdomen_reason": (np.zeros(1001), "reason"),
        "abdomen_clock_se_s": (np.full(1001, abdomen_se_s), "s"),
    }
    info = StreamInfo("table", tuple(Channel(n, unit) for n, (_, unit) in columns.items()), 50.0)
    return Chunk(info, t_s, t_s, np.column_stack([values for values, _ in columns.values()]))


def test_sensors_tell_reasons_and_how_often() -> None:
    back = replace(QUALITY, ok=True, reason=0)
    made = sensor_summary(table(), Role.CHEST_BELT, [QUALITY, back, QUALITY])
    assert made["trusted"] == pytest.approx(751 / 1001)
    assert made["times_lost_trust"] == 2
    reasons = made["reasons"]
    assert isinstance(reasons, dict)
    assert set(reasons) == {"gap", "flat"}


@pytest.mark.parametrize(
    ("reason", "times"),
    [
        (Reason.SETTLING, 0),
        (Reason.SETTLING | Reason.STALE_CLOCK, 0),
        (Reason.STALE_CLOCK, 1),
        (Reason.SETTLING | Reason.FLAT, 1),
    ],
)
def test_a_start_is_no_loss_of_trust(reason: Reason, times: int) -> None:
    events = [replace(QUALITY, reason=int(reason))]
    assert sensor_summary(table(), Role.CHEST_BELT, events)["times_lost_trust"] == times
    assert sensor_summary(table(), Role.ABDOMEN_BELT, events)["times_lost_trust"] == 0


def test_the_clock_known_least_well_counts() -> None:
    chest_se_s = np.where(np.arange(1001) < 100, np.nan, 0.002)
    chunk = table(chest_se_s, 0.005)
    assert timing_se_s(chunk, (Role.CHEST_BELT,)) == 0.002
    assert timing_se_s(chunk, (Role.CHEST_BELT, Role.ABDOMEN_BELT)) == 0.005
    assert math.isnan(timing_se_s(table(), (Role.CHEST_BELT,)))
    assert math.isnan(timing_se_s(table(), (Role.PELVIS_IMU,)))
    assert sensor_summary(chunk, Role.CHEST_BELT, [])["clock_se_s"] == 0.002


def test_streams_tell_what_became_of_their_samples() -> None:
    fit = ClockFit(
        **WHEN,
        stream="a/force",
        rate_hz=10.1,
        offset_s=0.0,
        residual_s=0.01,
        se_s=0.001,
        jitter_s=0.02,
        received=5,
        lost=0,
        duplicates=0,
    )
    given = replace(ACCOUNT, stream="b/force", rate_hz=math.nan)
    made = stream_summary([ACCOUNT, given], [replace(fit, residual_s=0.9), fit])
    assert made[0] == {
        "stream": "a/force",
        "expected": 107,
        "received": 100,
        "lost": 7,
        "repaired": 6.0,
        "duplicates": 2,
        "rate_hz": 10.1,
        "jitter_s": 0.02,
        "residual_s": 0.01,
        "clock_se_s": 0.002,
        "lag_s": 0.0,
    }
    assert math.isnan(float(str(made[1]["residual_s"])))


def test_they_are_part_of_the_summary() -> None:
    made = summarise(table(0.002, 0.005), [], [], [], accounts=[ACCOUNT])
    breathing, streams = made["breathing"], made["streams"]
    assert isinstance(breathing, dict)
    assert isinstance(streams, list)
    assert breathing["timing_se_s"] == 0.005
    assert streams[0]["expected"] == 107
    unknown = summarise(table(), [], [], [])["breathing"]
    assert isinstance(unknown, dict)
    assert unknown["timing_se_s"] is None
