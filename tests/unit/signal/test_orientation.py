from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2 as G
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.leaning import lean

RATE_HZ = 100.0
NAMES = {
    "acc": (tuple(f"pelvis_acc_{axis}_mps2" for axis in "xyz"), "m/s2"),
    "gyro": (tuple(f"pelvis_gyro_{axis}_dps" for axis in "xyz"), "deg/s"),
    "quat": (tuple(f"pelvis_quat_{axis}" for axis in "wxyz"), "ratio"),
}


def rows(kinds: tuple[str, ...], ap_deg: FloatArray, ml_deg: FloatArray) -> Chunk:
    """A perfect pelvis sensor that leans, trusted throughout."""
    parts = lean(ap_deg, ml_deg, RATE_HZ)
    channels = [Channel(name, NAMES[kind][1]) for kind in kinds for name in NAMES[kind][0]]
    channels.append(Channel("pelvis_ok", "flag"))
    t_s = np.arange(len(ap_deg)) / RATE_HZ
    data = np.column_stack([*(parts[kind] for kind in kinds), np.ones(len(t_s))])
    return Chunk(StreamInfo("imu", tuple(channels), RATE_HZ), t_s, t_s, data)


def measured(chunk: Chunk, *heard: CommandHeard) -> Chunk:
    pipeline = Pipeline([Orientation(Role.PELVIS_IMU)])
    pipeline.bind(chunk.info)
    done, events = pipeline.process(chunk, heard)
    assert events == []
    return done


def command(name: str, at_s: float) -> CommandHeard:
    return CommandHeard(t_s=at_s, decided_s=at_s, arrival_s=at_s, name=name)


def steps(*levels_deg: float) -> FloatArray:
    """Hold each level 8 s, with 2 s between them."""
    t_s = np.arange(0, 10 * len(levels_deg), 1 / RATE_HZ)
    knots = [10.0 * n + offset for n in range(len(levels_deg)) for offset in (0, 8)]
    return np.interp(t_s, knots, np.repeat(levels_deg, 2))


KITS = [("acc", "gyro"), ("acc",), ("quat",), ("acc", "gyro", "quat"), ("acc", "quat")]


@pytest.mark.parametrize("kinds", KITS)
def test_forward_and_right_are_positive_and_counted_from_neutral(kinds: tuple[str, ...]) -> None:
    done = measured(rows(kinds, steps(0, 12, 0), steps(0, 0, -7)))
    ap, ml = done.column("pelvis_tilt_ap_deg"), done.column("pelvis_tilt_ml_deg")
    assert np.isnan(ap[:200]).all()
    assert np.isfinite(ap[200:]).all()
    assert ap[1700] == pytest.approx(12, abs=0.1)
    assert ml[1700] == pytest.approx(0, abs=0.1)
    assert ap[2700] == pytest.approx(0, abs=0.1)
    assert ml[2700] == pytest.approx(-7, abs=0.1)


@pytest.mark.parametrize("kinds", KITS)
def test_horizontal_acceleration_holds_the_part_of_gravity(kinds: tuple[str, ...]) -> None:
    done = measured(rows(kinds, steps(0, 12), steps(0, 0)))
    ap = done.column("pelvis_acc_ap_mps2")
    if "acc" in kinds:
        assert ap[1700] == pytest.approx(-G * np.sin(np.deg2rad(12)), abs=0.01)
    else:
        assert np.isnan(ap).all()


def test_a_crooked_mounting_is_taken_out_by_neutral() -> None:
    done = measured(rows(("acc", "gyro"), 25 + steps(0, 10), 8 + steps(0, 0)))
    assert done.column("pelvis_tilt_ap_deg")[300] == pytest.approx(0, abs=0.05)
    assert done.column("pelvis_tilt_ap_deg")[1700] == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("name", ["calibrate", "baseline"])
def test_a_command_sets_neutral_anew_over_the_next_two_seconds(name: str) -> None:
    done = measured(rows(("acc", "gyro"), steps(0, 12), steps(0, 0)), command(name, 14.0))
    ap = done.column("pelvis_tilt_ap_deg")
    assert ap[1599] == pytest.approx(12, abs=0.1)
    assert ap[1600] == pytest.approx(0, abs=0.1)


def test_another_command_changes_nothing() -> None:
    chunk = rows(("acc",), steps(0, 12), steps(0, 0))
    done = measured(chunk, command("mark", 14.0))
    assert done.data.tobytes() == measured(chunk).data.tobytes()


def test_neutral_outlives_a_break_and_the_filter_does_not() -> None:
    chunk = rows(("acc", "gyro"), steps(0, 12), steps(0, 0))
    data = chunk.data.copy()
    data[500:1500, -1] = 0.0
    done = measured(Chunk(chunk.info, chunk.t_s, chunk.arrival_s, data))
    ap = done.column("pelvis_tilt_ap_deg")
    assert np.isnan(ap[500:1500]).all()
    assert ap[1500] == pytest.approx(12, abs=0.1)  # not turned there from 0: known at once


def test_a_hole_in_the_rows_starts_the_filter_anew() -> None:
    chunk = rows(("acc", "gyro"), steps(0, 12), steps(0, 0))
    kept = np.r_[0:700, 1100:2000]
    done = measured(
        Chunk(chunk.info, chunk.t_s[kept], chunk.t_s[kept], np.ascontiguousarray(chunk.data[kept]))
    )
    assert done.column("pelvis_tilt_ap_deg")[700] == pytest.approx(12, abs=0.1)


def biased(swing_deg: float, bias_dps: float = 1.0) -> tuple[Chunk, FloatArray]:
    """A person who sways from the start, with a biased gyroscope; and the truth."""
    t_s = np.arange(0, 60, 1 / RATE_HZ)
    ap = swing_deg * np.sin(2 * np.pi * 0.3 * t_s)
    chunk = rows(("acc", "gyro"), ap, 0 * ap)
    noise = np.random.default_rng(0).normal(0, [0.01] * 3 + [0.05] * 3, (len(t_s), 6))
    data = chunk.data.copy()
    data[:, :6] += noise
    data[:, 3:6] += bias_dps
    return Chunk(chunk.info, chunk.t_s, chunk.t_s, data), ap - ap[:200].mean()


@pytest.mark.parametrize("swing_deg", [0.0, 1.0, 2.0])
def test_bias_is_known_after_the_first_calm_seconds(swing_deg: float) -> None:
    """One degree per second turns the filter by more than a degree until then."""
    chunk, truth = biased(swing_deg)
    error = np.abs(measured(chunk).column("pelvis_tilt_ap_deg") - truth)
    assert error[300:400].max() > 1.0
    assert error[400:].max() < 0.25


def test_a_body_that_moves_seeds_nothing() -> None:
    """A swing of 12 degrees spreads the rate beyond what is calm: bias is learned in motion."""
    chunk, truth = biased(12.0)
    error = np.abs(measured(chunk).column("pelvis_tilt_ap_deg") - truth)
    assert error[400:700].max() > 0.5
    assert error[5000:].max() < 0.5 * error[400:700].max()


def test_breathing_is_not_mistaken_for_bias() -> None:
    """A breath of one degree every ten seconds turns by up to 0.6 degrees per second."""
    t_s = np.arange(0, 60, 1 / RATE_HZ)
    ap = np.sin(2 * np.pi * 0.1 * t_s)
    done = measured(rows(("acc", "gyro"), ap, 0 * ap)).column("pelvis_tilt_ap_deg")
    late = t_s > 20
    assert np.ptp(done[late]) == pytest.approx(2.0, rel=0.02)


def test_what_cannot_tell_tilt_is_refused() -> None:
    names = ("pelvis_gyro_x_dps", "pelvis_gyro_y_dps", "pelvis_gyro_z_dps")
    channels = (*(Channel(name, "deg/s") for name in names), Channel("pelvis_ok", "flag"))
    with pytest.raises(StreamError, match="neither acceleration nor quaternions"):
        Pipeline([Orientation(Role.PELVIS_IMU)]).bind(StreamInfo("imu", channels, 100.0))


def test_turning_speed_and_the_vertical_are_told_beside_the_tilt() -> None:
    """Leaning forward by 30 degrees within 2 s, then turning left at 40 degrees per second."""
    ap = 30.0 * np.clip(np.arange(1600) / RATE_HZ - 12.0, 0, 2) / 2.0
    chunk = rows(("acc", "gyro"), ap, 0 * ap)
    data = chunk.data.copy()
    data[1500:, 3:6] = 40.0 / G * data[1500:, :3]  # about the vertical, seen from the sensor
    done = measured(Chunk(chunk.info, chunk.t_s, chunk.t_s, data))
    turn, speed = done.column("pelvis_turn_dps"), done.column("pelvis_speed_dps")
    assert speed[1250:1350] == pytest.approx(15.0, abs=0.3)
    assert np.abs(turn[1250:1350]).max() < 0.3
    assert turn[1510:] == pytest.approx(40.0, abs=0.5)
    up = done.column("pelvis_acc_up_mps2")
    assert np.abs(up[500:1500]).max() < 0.2
    data = data.copy()
    data[1400:1450, :3] *= 1.5
    done = measured(Chunk(chunk.info, chunk.t_s, chunk.t_s, data))
    assert done.column("pelvis_acc_up_mps2")[1400] == pytest.approx(0.5 * G, rel=0.02)


def test_a_sensor_without_gyroscope_does_not_know_how_fast_it_turns() -> None:
    done = measured(rows(("acc",), steps(0, 10), steps(0, 0)))
    assert np.isnan(done.column("pelvis_turn_dps")).all()
    assert np.isnan(done.column("pelvis_speed_dps")).all()
    assert np.isfinite(done.column("pelvis_acc_up_mps2")).all()
