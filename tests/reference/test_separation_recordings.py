"""Chest and belly out of step in recordings of people, against a method that knows no breaths."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, correlate, sosfiltfilt

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import BreathShare
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.setups import table_pipeline
from biofeedback.signal.stage import Pipeline

FOLDER = Path(__file__).parents[2] / "../shared/data/belts_2ch"
SEATED = (
    *(f"hexoskin_cough/{number}" for number in (137199, 137214, 137216, 137240)),
    "hexoskin_lsl/288129",
)
"""Sitting and standing: here a cross-correlation over some breaths can be believed."""
ACTIVE = ("hexoskin_harlab/003", "hexoskin_harlab/009", "hexoskin_harlab/011")
"""Walking, stairs, jogging."""
RATE_HZ = 50.0
WINDOW_S, STEP, LEAST_BREATHS = 20.0, 5, 3
BAND_HZ = (0.1, 0.7)
SURE, AS_GOOD = 0.5, 0.8
"""Correlation from which a window's period and lag are believed; part of the best one."""

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="recordings of two belts are not beside the project"
)


@cache
def belts(name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times, chest and abdomen at 50 Hz while worn; counts of this shirt fall on breathing in."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        rate_hz = float(stored["fs_resp"])
        chest, abdomen = (-stored[key].astype(float) for key in ("thoracic", "abdominal"))
        came_s = np.arange(len(chest)) / rate_hz
        worn_s = stored["worn_range_s"] if "worn_range_s" in stored else came_s[[0, -1]]
    t_s = np.arange(float(worn_s[0]), float(worn_s[1]), 1 / RATE_HZ)
    return t_s - t_s[0], np.interp(t_s, came_s, chest), np.interp(t_s, came_s, abdomen)


@cache
def found(name: str) -> list[Event]:
    t_s, chest, abdomen = belts(name)
    channels = (Channel("chest_excursion", "count"), Channel("abdomen_excursion", "count"))
    info = StreamInfo("table", channels, RATE_HZ)
    pipeline = Pipeline(table_pipeline((Role.CHEST_BELT, Role.ABDOMEN_BELT)))
    pipeline.bind(info)
    return pipeline.process(Chunk(info, t_s, t_s, np.column_stack([chest, abdomen])))[1]


def windows(name: str) -> list[tuple[float, float]]:
    """Start of each window in which the belts are like each other, and by how much they lag, deg.

    The lag of the largest cross-correlation within half a period either way, as an angle of the
    period of the chest's autocorrelation (Prisk et al. 2002).
    """
    _, *pair = belts(name)
    sos = butter(2, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    pair = [sosfiltfilt(sos, belt)[::STEP] for belt in pair]
    n, rate_hz = round(WINDOW_S * RATE_HZ / STEP), RATE_HZ / STEP
    alike = []
    for begin in range(0, len(pair[0]) - n, n):
        chest, abdomen = (belt[begin : begin + n] / belt[begin : begin + n].std() for belt in pair)
        overlap = n - np.abs(np.arange(1 - n, n))
        own = (correlate(chest, chest) / overlap)[n - 1 :]
        shortest, longest = round(rate_hz / BAND_HZ[1]), round(rate_hz / BAND_HZ[0])
        # The first top that is as good as any: a later one counts several breaths as one.
        period = shortest + _first_top(own[shortest : min(longest, n // 2)])
        half = period // 2
        cross = (correlate(chest, abdomen) / overlap)[n - 1 - half : n + half]
        lag = int(np.argmax(cross)) - half
        if own[period] >= SURE and cross.max() >= SURE:
            alike.append((begin / rate_hz, 360.0 * lag / period))
    return alike


def _first_top(values: FloatArray) -> int:
    tops = np.flatnonzero((values[1:-1] >= values[:-2]) & (values[1:-1] > values[2:])) + 1
    good = tops[values[tops] >= AS_GOOD * values.max()]
    return int(good[0]) if len(good) else int(np.argmax(values))


def inside(name: str, start_s: float) -> list[BreathShare]:
    """Breaths of a window whose angle is known."""
    return [
        event
        for event in found(name)
        if isinstance(event, BreathShare)
        and start_s <= event.t_s < start_s + WINDOW_S
        and np.isfinite(event.phase_angle_deg)
    ]


def mean_angle_deg(shares: list[BreathShare]) -> float:
    turns = np.exp(1j * np.radians([share.phase_angle_deg for share in shares]))
    return float(np.degrees(np.angle(turns.mean())))


def test_stretches_out_of_phase_are_called_out_of_step_and_others_in_step() -> None:
    """Nobody was asked to: the abdomen leads or follows the chest by a quarter of a breath."""
    called: Counter[str] = Counter()
    errors_deg = []
    for name in SEATED:
        for start_s, angle_deg in windows(name):
            shares = inside(name, start_s)
            if len(shares) < LEAST_BREATHS:
                continue
            errors_deg.append((mean_angle_deg(shares) - angle_deg + 180.0) % 360.0 - 180.0)
            out = sum(share.state != "in_step" for share in shares) > len(shares) / 2
            if abs(angle_deg) > 75.0:
                called["out as out" if out else "out as in"] += 1
            elif abs(angle_deg) < 30.0:
                called["in as out" if out else "in as in"] += 1
    assert called["out as out"] >= 6
    assert called["out as in"] <= 1
    assert called["in as in"] >= 30
    assert called["in as out"] <= 1
    assert np.median(np.abs(errors_deg)) < 10.0


@pytest.mark.parametrize("name", [*SEATED, *ACTIVE])
def test_belts_that_stay_where_they_are_are_not_called_slipped(name: str) -> None:
    changes = [event for event in found(name) if isinstance(event, BeltsChanged)]
    assert not [event for event in changes if event.reason == "slip"]
    assert len(changes) <= 1
