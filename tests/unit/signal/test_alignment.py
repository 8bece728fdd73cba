from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biofeedback.core.results import Aligned, CommandHeard, GyroBias
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.alignment import Alignment, bow_axis
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.leaning import lean

RATE_HZ = 100.0
STILL_S, BOWS_S, AFTER_S = 6.0, 12.0, 12.0
BIAS_DPS = np.array([0.5, -0.4, 0.3])
PLAN = ((0.5, "still"), (STILL_S - 0.2, "bow"), (STILL_S + BOWS_S, "finish"))


def bowing(bows: int = 3, down_deg: float = 30.0, sideways: float = 0.0) -> tuple[FloatArray, ...]:
    """Standing still, bows of 4 s, then a lean of 20 degrees forward and of 10 to the right."""
    t_s = np.arange(0, STILL_S + BOWS_S + AFTER_S, 1 / RATE_HZ)
    since_s = t_s - STILL_S
    bend = np.where((since_s > 0) & (since_s < 4 * bows), np.sin(np.pi * since_s / 4) ** 2, 0.0)
    after_s = since_s - BOWS_S
    late = np.where(after_s > 2, np.sin(np.pi * np.clip(after_s - 2, 0, 4) / 4) ** 2, 0.0)
    side = np.where(after_s > 7, np.sin(np.pi * np.clip(after_s - 7, 0, 4) / 4) ** 2, 0.0)
    wobble = sideways * np.where(bend > 0, np.sin(np.pi * since_s), 0.0)
    return t_s, down_deg * bend + 20.0 * late, wobble + 10.0 * side


def run(
    worn: Rotation,
    commands: tuple[tuple[float, str], ...] = PLAN,
    gyro: bool = True,
    **how: float,
) -> tuple[list[Aligned | GyroBias], FloatArray, FloatArray]:
    """Events, tilt found, and tilt that was, of a sensor that sits turned by `worn`."""
    t_s, ap, ml = bowing(**how)  # type: ignore[arg-type]
    parts = lean(ap, ml, RATE_HZ)
    random = np.random.default_rng(1)
    acc = worn.apply(parts["acc"]) + random.normal(0, 0.02, (len(t_s), 3))
    rate = worn.apply(parts["gyro"]) + BIAS_DPS + random.normal(0, 0.07, (len(t_s), 3))
    names = [(f"back_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    data = [acc]
    if gyro:
        names += [(f"back_gyro_{axis}_dps", "deg/s") for axis in "xyz"]
        data.append(rate)
    names.append(("back_ok", "flag"))
    info = StreamInfo("imu", tuple(Channel(*name) for name in names), RATE_HZ)
    pipeline = Pipeline([Alignment(Role.BACK_IMU), Orientation(Role.BACK_IMU)])
    pipeline.bind(info)
    heard = [
        CommandHeard(
            t_s=at_s, decided_s=at_s, arrival_s=at_s, name="align", arguments=(("step", step),)
        )
        for at_s, step in commands
    ]
    rows = np.column_stack([*data, np.ones(len(t_s))])
    done, events = pipeline.process(Chunk(info, t_s, t_s, rows), heard)
    found = np.column_stack([done.column("back_tilt_ap_deg"), done.column("back_tilt_ml_deg")])
    kinds = [event for event in events if isinstance(event, Aligned | GyroBias)]
    return kinds, found, np.column_stack([ap, ml])


CROOKED = Rotation.from_euler("yxz", [20, -15, 10], degrees=True)


def test_bowing_shows_how_the_sensor_sits() -> None:
    (event,), found, true = run(CROOKED)
    assert isinstance(event, Aligned)
    assert event.ok, event.words
    assert (event.bows, event.t_s) == (3, STILL_S + BOWS_S)
    assert event.explained > 0.98
    assert event.axis_deg == pytest.approx(90, abs=2)
    late = slice(round((STILL_S + BOWS_S + 1) * RATE_HZ), None)
    error = np.abs(found[late] - true[late])
    assert error.max() < 1.0
    assert event.words == "Aligned by 3 bows."


def test_without_it_a_crooked_sensor_takes_forward_for_sideways() -> None:
    events, found, true = run(CROOKED, ())
    assert not events
    late = slice(round((STILL_S + BOWS_S + 1) * RATE_HZ), None)
    assert np.abs(found[late] - true[late]).max() > 4.0


@pytest.mark.parametrize("turned_deg", [0, 90, 180, 270])
def test_it_finds_a_sensor_turned_any_way(turned_deg: int) -> None:
    (event,), found, true = run(Rotation.from_euler("zy", [turned_deg, turned_deg], degrees=True))
    assert event.ok
    late = slice(round((STILL_S + BOWS_S + 1) * RATE_HZ), None)
    assert np.abs(found[late] - true[late]).max() < 1.0


def test_two_bows_are_not_enough() -> None:
    (event,), _, _ = run(CROOKED, bows=2)
    assert not event.ok
    assert "2 bows were seen, 3 are needed" in event.words
    assert math.isnan(event.up[0])  # type: ignore[union-attr]


def test_bows_that_sway_sideways_are_refused() -> None:
    (event,), _, _ = run(CROOKED, sideways=4.0)
    assert not event.ok
    assert "% of the turning was about one axis" in event.words


def test_leaning_while_standing_still_tilts_the_axis() -> None:
    """Asked to stand still while lying on the side: the axis of the bows is upright."""
    rate = bow_axis(np.outer(np.sin(np.pi * np.arange(0, 12, 0.01) / 2), [0, 0, 40.0]), RATE_HZ)
    assert rate is not None
    assert abs(rate.left[2]) == pytest.approx(1)
    plan = ((STILL_S + BOWS_S + 2.0, "still"), (0.3, "bow"), (STILL_S + BOWS_S, "finish"))
    (event,), _, _ = run(CROOKED, tuple(sorted(plan)))
    assert "Standing still was not seen" in event.words


def test_moving_while_standing_still_is_no_still_stand() -> None:
    (event,), _, _ = run(CROOKED, ((STILL_S, "still"), (STILL_S + 5, "bow"), (18.0, "finish")))
    assert not event.ok
    assert "stand tall" in event.words


def test_bowing_ends_by_itself() -> None:
    t_s = np.arange(0, 70, 0.02)
    names = [(f"back_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    names += [(f"back_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("back_ok", "flag")]
    info = StreamInfo("imu", tuple(Channel(*name) for name in names), 50.0)
    pipeline = Pipeline([Alignment(Role.BACK_IMU)])
    pipeline.bind(info)
    bow = CommandHeard(
        t_s=1.0, decided_s=1.0, arrival_s=1.0, name="align", arguments=(("step", "bow"),)
    )
    rows = np.column_stack([np.tile([0, 9.81, 0, 0, 0, 0], (len(t_s), 1)), np.ones(len(t_s))])
    (event,) = pipeline.process(Chunk(info, t_s, t_s, rows), [bow])[1]
    assert event.t_s == pytest.approx(61.0)
    assert not event.ok  # type: ignore[attr-defined]


def test_a_sensor_without_gyroscope_says_so() -> None:
    (event,), _, _ = run(CROOKED, gyro=False)
    assert not event.ok
    assert "no gyroscope" in event.words
    (event,), _, _ = run(CROOKED, ((0.0, "table"),), gyro=False)
    assert not event.ok


def test_lying_on_the_table_gives_the_zero_of_the_gyroscope() -> None:
    (event,), _, _ = run(CROOKED, ((0.0, "table"),), bows=0)
    assert isinstance(event, GyroBias)
    assert event.ok, event.words
    assert event.bias == pytest.approx(BIAS_DPS, abs=0.01)
    assert event.decided_s == 10.0
    assert event.sd_dps == pytest.approx(0.07, abs=0.01)


def test_the_orientation_filter_starts_from_the_zero_of_the_table() -> None:
    zero = GyroBias(
        t_s=10.0,
        decided_s=10.0,
        arrival_s=10.0,
        role="back_imu",
        ok=True,
        bias=(0.5, -0.4, 0.3),
        sd_dps=0.07,
        words="",
    )
    t_s = np.arange(0, 20, 1 / RATE_HZ)
    names = [(f"back_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    names += [(f"back_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("back_ok", "flag")]
    info = StreamInfo("imu", tuple(Channel(*name) for name in names), RATE_HZ)
    rows = np.tile([0, 9.81, 0, 20.0, 0.5, -0.4, 1.0], (len(t_s), 1))  # never calm: it turns
    for event in (zero, dataclasses.replace(zero, role="pelvis_imu")):
        pipeline = Pipeline([Orientation(Role.BACK_IMU)])
        pipeline.bind(info)
        pipeline.process(Chunk(info, t_s, t_s, rows), [event])
        state = pipeline.kept()["Orientation"]
        taken = np.allclose(state.bias_rps, np.deg2rad([0.5, -0.4, 0.3]))  # type: ignore[attr-defined]
        assert taken == (event is zero)


def test_a_sensor_that_is_carried_is_not_on_the_table() -> None:
    (event,), _, _ = run(CROOKED, ((2.0, "table"),))
    assert not event.ok
    assert "put it on a table" in event.words


def test_nothing_turned_has_no_axis() -> None:
    assert bow_axis(np.zeros((500, 3)), RATE_HZ) is None
