from __future__ import annotations

from itertools import combinations

import pytest

from biofeedback.core.columns import column_rule
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.setups import aligned_columns, native_pipeline, table_pipeline
from biofeedback.signal.stage import Pipeline

ACC = tuple((f"acc_{axis}_mps2", "m/s2") for axis in "xyz")
GYRO = tuple((f"gyro_{axis}_dps", "deg/s") for axis in "xyz")
QUAT = tuple((f"quat_{axis}", "ratio") for axis in "wxyz")
IMUS = (ACC, (*ACC, *GYRO), QUAT, (*ACC, *GYRO, *QUAT))


def native(role: Role, unit: str = "N", imu: tuple[tuple[str, str], ...] = IMUS[1]) -> StreamInfo:
    """The native table of a role, every stage's columns included."""
    names = (("excursion", unit),) if role.kind == "belt" else imu
    channels = tuple(Channel(f"{role.prefix}_{name}", one) for name, one in names)
    return Pipeline(native_pipeline(role)).bind(StreamInfo("native", channels, 20.0))


def table(roles: tuple[Role, ...]) -> StreamInfo:
    channels = tuple(
        info.channels[info.index(name)]
        for role in roles
        for info in [native(role)]
        for name in aligned_columns(role, info)
    )
    return Pipeline(table_pipeline(roles)).bind(StreamInfo("table", channels, 50.0))


def check_listed(info: StreamInfo) -> None:
    for channel in info.channels:
        rule = column_rule(channel.name)
        assert rule is not None, channel.name
        assert channel.unit in rule.units


@pytest.mark.parametrize("role", list(Role))
def test_native_columns_are_listed(role: Role) -> None:
    for unit in BELT_UNITS:
        for imu in IMUS:
            check_listed(native(role, unit, imu))


@pytest.mark.parametrize("number", [1, 2, 3, len(Role)])
def test_every_kit_binds_and_its_columns_are_listed(number: int) -> None:
    for roles in combinations(Role, number):
        check_listed(table(roles))


def test_what_several_sensors_are_needed_for_depends_on_the_kit() -> None:
    def stages(*roles: Role) -> list[str]:
        return [type(stage).__name__ for stage in table_pipeline(roles)]

    chest, abdomen, pelvis = Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU
    assert stages(chest) == ["BreathDetector", "BreathLabels"]
    assert stages(abdomen) == [*stages(chest), "BellyTone"]
    both = ["BreathDetector", "Donning", "Calibration", "Separation", "Coupling"]
    both.append("BreathLabels")
    assert stages(abdomen, chest) == [*both, "TapCheck", "BellyTone"]
    trunk = ["Posture", "Repetitions", "Stability", "Settling", "Rest"]
    rest = ["Steadiness", "Walking", "Endurance"]
    assert stages(pelvis) == [*trunk, *rest]
    # Bracing is told from breath and trunk together, and breath from a belt.
    worn = stages(pelvis, chest, abdomen)
    assert worn == [*both, *trunk, "BracingGuard", *rest, "TapCheck", "BellyTone"]
    assert stages(Role.THIGH_IMU) == ["Repetitions"]
    assert stages(Role.ARM_IMU) == []
    assert stages(Role.ARM_IMU, chest) == [*stages(chest), "TapCheck"]
    # What takes off a tap check's lags comes after it.
    timed = ["TapCheck", "BellyTone", "OnsetTiming"]
    assert stages(Role.ARM_IMU, abdomen, chest) == [*both, *timed]
    motion = ["ImuBreath", "BreathDetector"]
    assert stages(Role.STERNUM_IMU)[:2] == stages(Role.ABDOMEN_IMU, pelvis)[:2] == motion
    assert "ImuBreath" not in [*stages(Role.STERNUM_IMU, chest), *stages(pelvis, Role.BACK_IMU)]
    assert stages() == []


def test_raw_motion_stays_native_and_tilt_goes_on_the_table() -> None:
    names = aligned_columns(Role.BACK_IMU, native(Role.BACK_IMU, imu=IMUS[3]))
    assert names == (
        "back_ok",
        "back_reason",
        "back_motion_mps2",
        "back_tilt_ap_deg",
        "back_tilt_ml_deg",
        "back_acc_ap_mps2",
        "back_acc_ml_mps2",
        "back_acc_up_mps2",
        "back_turn_dps",
        "back_speed_dps",
        "back_rotation_x_deg",
        "back_rotation_y_deg",
        "back_rotation_z_deg",
    )
    assert aligned_columns(Role.CHEST_BELT, native(Role.CHEST_BELT)) == (
        "chest_excursion",
        "chest_ok",
        "chest_reason",
    )
