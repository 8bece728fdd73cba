from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.results import SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.quality import BeltQuality, ImuQuality, columns_of
from biofeedback.signal.stage import Pipeline

ACC = tuple(f"pelvis_acc_{axis}_mps2" for axis in "xyz")
GYRO = tuple(f"pelvis_gyro_{axis}_dps" for axis in "xyz")
QUAT = tuple(f"pelvis_quat_{axis}" for axis in "wxyz")
UNITS = {"mps2": "m/s2", "dps": "deg/s"}


def belt(values: FloatArray, unit: str = "N", rate_hz: float = 10.0) -> tuple[Chunk, list[Event]]:
    info = StreamInfo("force", (Channel("chest_excursion", unit),), rate_hz)
    t_s = np.arange(len(values)) / rate_hz
    pipeline = Pipeline([BeltQuality(Role.CHEST_BELT)])
    pipeline.bind(info)
    return pipeline.process(Chunk(info, t_s, t_s + 0.5, values[:, None]))


def imu(names: tuple[str, ...], data: FloatArray, rate_hz: float) -> tuple[Chunk, list[Event]]:
    channels = tuple(Channel(name, UNITS.get(name.rsplit("_")[-1], "ratio")) for name in names)
    info = StreamInfo("imu", channels, rate_hz)
    t_s = np.arange(len(data)) / rate_hz
    pipeline = Pipeline([ImuQuality(Role.PELVIS_IMU)])
    pipeline.bind(info)
    return pipeline.process(Chunk(info, t_s, t_s + 0.1, data))


def reasons(chunk: Chunk, prefix: str = "chest") -> list[Reason]:
    bits = chunk.column(f"{prefix}_reason")
    found = [Reason(int(value)) for value in bits]
    spares = Reason.SATURATED | Reason.SETTLING if prefix == "chest" else Reason.NONE
    ok = [reason & ~spares == 0 for reason in found]
    assert ok == (chunk.column(f"{prefix}_ok") == 1).tolist()
    return found


def breathing(n: int = 600, rate_hz: float = 10.0) -> FloatArray:
    noise = np.random.default_rng(0).normal(0, 0.01, n)
    return 10 + np.sin(2 * np.pi * np.arange(n) / rate_hz / 4) + noise


def standing(n: int = 2000) -> FloatArray:
    """A pelvis that hardly moves: acceleration and rate."""
    random = np.random.default_rng(3)
    acc = np.array([0.0, STANDARD_GRAVITY_MPS2, 0.0]) + random.normal(0, 0.01, (n, 3))
    return np.hstack([acc, random.normal(0, 0.05, (n, 3))])


def test_a_good_belt_settles_and_is_trusted() -> None:
    chunk, events = belt(breathing())
    found = reasons(chunk)
    assert found[:10] == [Reason.SETTLING] * 10
    assert set(found[10:]) == {Reason.NONE}
    assert [(e.t_s, e.ok, e.reason) for e in events if isinstance(e, SensorQuality)] == [
        (0.0, False, Reason.SETTLING),
        (1.5, True, 0),
    ]
    assert events[1].arrival_s == 2.0


def test_the_known_rail_of_a_force_belt_counts_after_five_samples() -> None:
    values = breathing()
    values[200:204] = 49.8
    values[300:320] = 49.8 + 0.05 * np.random.default_rng(1).standard_normal(20)
    for sign in (1.0, -1.0):
        chunk, events = belt(sign * values)
        found = reasons(chunk)
        assert Reason.SATURATED not in found[200:304]
        assert set(found[304:320]) == {Reason.SATURATED}
        assert found[320] == Reason.NONE
        assert [e.reason for e in events if isinstance(e, SensorQuality)][2:] == [2, 0]


def test_a_loose_force_belt_near_zero_is_not_saturated() -> None:
    chunk, _ = belt(breathing() - 10)
    assert set(reasons(chunk)[10:]) == {Reason.NONE}


@pytest.mark.parametrize("unit", ["mm", "V", "count", "a.u."])
def test_unknown_rails_are_found_in_any_unit(unit: str) -> None:
    values = np.minimum(breathing(1500, 25.0), 10.6)
    chunk, _ = belt(values, unit, 25.0)
    at_rail = values == 10.6
    saturated = np.array([Reason.SATURATED in reason for reason in reasons(chunk)])
    assert saturated[at_rail].mean() > 0.6
    assert not saturated[~at_rail].any()


def test_not_a_number_and_infinity_are_said() -> None:
    values = breathing()
    values[100:103] = np.nan
    values[104] = np.inf
    found = reasons(belt(values)[0])
    assert found[100:105] == [Reason.NOT_A_NUMBER] * 3 + [Reason.NONE, Reason.NOT_A_NUMBER]


def test_a_belt_that_came_off_is_flat_and_a_hold_is_not() -> None:
    values = breathing(1200)
    noise = np.random.default_rng(2).normal(0, 0.01, 100)
    values[400:500] = 9.3 + noise
    assert set(reasons(belt(values)[0])[10:]) == {Reason.NONE}
    values = values.copy()
    values[900:1000] = 0.5 + noise
    assert set(reasons(belt(values)[0])[945:1000]) == {Reason.FLAT}


def test_each_new_reason_is_told_once() -> None:
    values = breathing()
    values[300:310] = 60.0
    values[310:320] = np.nan
    values[320:330] = 60.0
    _, events = belt(values)
    told = [(e.t_s, e.reason) for e in events if isinstance(e, SensorQuality)]
    assert told[2:] == [
        (30.4, Reason.SATURATED),
        (31.0, Reason.SATURATED | Reason.NOT_A_NUMBER),
        (33.5, 0),
    ]


def test_a_belt_in_an_unknown_unit_is_refused() -> None:
    with pytest.raises(StreamError, match="chest_excursion"):
        belt(breathing(), "deg")


@pytest.mark.parametrize("names", [ACC, (*ACC, *GYRO), QUAT])
def test_a_quiet_imu_is_trusted_whatever_it_measures(names: tuple[str, ...]) -> None:
    data = standing() if names != QUAT else np.tile([1.0, 0.0, 0.0, 0.0], (2000, 1))
    chunk, _ = imu(names, data[:, : len(names)], 100.0)
    assert set(reasons(chunk, "pelvis")[100:]) == {Reason.NONE}
    motion = chunk.column("pelvis_motion_mps2")
    assert np.isnan(motion[:99]).all()
    assert np.isnan(motion[99:]).all() if names == QUAT else (motion[99:] < 0.02).all()


@pytest.mark.parametrize("rate_hz", [10.0, 50.0, 200.0])
def test_motion_is_the_rms_of_what_is_faster_than_breath(rate_hz: float) -> None:
    t_s = np.arange(0, 40, 1 / rate_hz)
    up = STANDARD_GRAVITY_MPS2 + 1.0 * np.sin(2 * np.pi * 1.8 * t_s)
    zero = np.zeros_like(t_s)
    chunk, _ = imu(ACC, np.column_stack([zero, up, zero]), rate_hz)
    motion = chunk.column("pelvis_motion_mps2")[t_s > 10]
    assert motion == pytest.approx(np.sqrt(0.5), rel=0.1)
    slow = STANDARD_GRAVITY_MPS2 + 0.2 * np.sin(2 * np.pi * 0.1 * t_s)
    chunk, _ = imu(ACC, np.column_stack([zero, slow, zero]), rate_hz)
    assert (chunk.column("pelvis_motion_mps2")[t_s > 10] < 0.04).all()
    assert set(reasons(chunk, "pelvis")[int(2 * rate_hz) :]) <= {Reason.NONE, Reason.FLAT}


def test_moving_is_no_fault() -> None:
    data = standing()
    data[:, 1] += 3 * np.sin(2 * np.pi * 2 * np.arange(2000) / 100)
    chunk, _ = imu((*ACC, *GYRO), data, 100.0)
    assert chunk.column("pelvis_motion_mps2")[-1] > 1.5
    assert set(reasons(chunk, "pelvis")[100:]) == {Reason.NONE}


@pytest.mark.parametrize("range_g", [2, 4, 8, 16])
def test_a_rail_of_any_common_range_is_saturation(range_g: int) -> None:
    data = standing()
    data[500:520, 0] = range_g * STANDARD_GRAVITY_MPS2 * 0.9995
    data[700:720, 5] = 1999.9
    found = reasons(imu((*ACC, *GYRO), data, 100.0)[0], "pelvis")
    assert set(found[502:520]) == {Reason.SATURATED}
    assert set(found[702:720]) == {Reason.SATURATED}
    assert found[501] == found[520] == Reason.NONE


def test_a_dead_axis_is_found_when_the_body_moves() -> None:
    data = standing()
    data[:, 1] += 0.5 * np.sin(2 * np.pi * 2 * np.arange(2000) / 100)
    data[:, 4] = 0.0
    found = reasons(imu((*ACC, *GYRO), data, 100.0)[0], "pelvis")
    assert Reason.FLAT not in found[:400]
    assert set(found[401:]) == {Reason.FLAT}


def test_a_gyroscope_that_says_zero_at_rest_is_not_dead_but_a_frozen_sensor_is() -> None:
    data = standing()
    data[:, 3:] = 0.0
    assert set(reasons(imu((*ACC, *GYRO), data, 100.0)[0], "pelvis")[100:]) == {Reason.NONE}
    data = data.copy()
    data[1000:] = data[1000]
    assert set(reasons(imu((*ACC, *GYRO), data, 100.0)[0], "pelvis")[1401:]) == {Reason.FLAT}


def test_half_a_quantity_is_refused() -> None:
    info = StreamInfo("imu", (Channel("pelvis_acc_x_mps2", "m/s2"),), 100.0)
    with pytest.raises(StreamError, match="pelvis_acc_y_mps2"):
        columns_of(info, "pelvis", "acc", "m/s2")
    assert columns_of(info, "back", "acc", "m/s2") == ()


def test_a_stale_clock_is_told_and_leaves_rows_in_use() -> None:
    """A belt still tells of turns, a motion sensor of sway; neither of what it is beside others."""
    n = 100
    stale = np.repeat([0.03, 0.005, np.nan], [30, 40, 30])
    belt_info = StreamInfo(
        "force", (Channel("chest_excursion", "N"), Channel("chest_clock_se_s", "s")), 10.0
    )
    imu_info = StreamInfo(
        "imu",
        (*(Channel(name, "m/s2") for name in ACC), Channel("pelvis_clock_se_s", "s")),
        10.0,
    )
    for prefix, stage, info, values in (
        ("chest", BeltQuality(Role.CHEST_BELT), belt_info, breathing(n)[:, None]),
        ("pelvis", ImuQuality(Role.PELVIS_IMU), imu_info, standing(n)[:, :3]),
    ):
        pipeline = Pipeline([stage])
        pipeline.bind(info)
        t_s = np.arange(n) / 10
        rows, events = pipeline.process(Chunk(info, t_s, t_s, np.column_stack((values, stale))))
        bits = rows.column(f"{prefix}_reason").astype(int)
        assert ((bits & Reason.STALE_CLOCK) != 0).tolist() == [True] * 30 + [False] * 70
        assert rows.column(f"{prefix}_ok")[15:].all()
        assert [event.reason for event in events if isinstance(event, SensorQuality)] == [
            Reason.SETTLING | Reason.STALE_CLOCK,
            0,
        ]
