from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.godirect import COMMAND, GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.sensor_faults import DeadAxis, DeadBelt, SaturatedBelt, SaturatedMotion
from firmware_sim.sensors import BeltForce, InertialSensor
from tests.unit.firmware_sim.test_faults import INIT, START

BODY = scenario("quiet", 20, 1)
T_S = np.arange(1, 1001) / 50.0
LATER = T_S >= 10.0


def motion(**options):
    return InertialSensor(BODY, "pelvis", 1, **options)


def test_one_axis_dies_and_the_others_go_on():
    clean, spoilt = motion().sample(T_S), DeadAxis(motion(), 10.0, axis=2).sample(T_S)
    assert not spoilt.acc_counts[LATER, 2].any()
    assert not spoilt.gyro_counts[LATER, 2].any()
    np.testing.assert_array_equal(spoilt.acc_counts[~LATER], clean.acc_counts[~LATER])
    np.testing.assert_array_equal(spoilt.gyro_counts[:, :2], clean.gyro_counts[:, :2])
    np.testing.assert_array_equal(spoilt.quaternion, clean.quaternion)


def test_motion_is_at_the_end_of_its_range():
    clean, spoilt = motion().sample(T_S), SaturatedMotion(motion(), 10.0).sample(T_S)
    assert (spoilt.acc_counts[LATER] == 32767).all()
    assert (spoilt.gyro_counts[LATER] == 32767).all()
    np.testing.assert_array_equal(spoilt.acc_counts[~LATER], clean.acc_counts[~LATER])


@pytest.mark.parametrize(("fault", "force_n"), [(DeadBelt, 0.0), (SaturatedBelt, 50.0)])
def test_a_belt_is_torn_off_or_far_too_tight(fault, force_n):
    clean = BeltForce(BODY, "chest", 1).sample_n(T_S)
    spoilt = fault(BeltForce(BODY, "chest", 1), 10.0).sample_n(T_S)
    assert (spoilt[LATER] == force_n).all()
    np.testing.assert_array_equal(spoilt[~LATER], clean[~LATER])


def test_they_nest_and_a_device_takes_them_in_place_of_its_own():
    belt = GoDirectBelt(BODY, samples_per_frame=1, jitter_us=0, stall_chance=0)
    belt.sensor = DeadBelt(SaturatedBelt(belt.sensor, 2.0), 5.0)
    belt.connect(0)
    belt.write(COMMAND, INIT, 0)
    belt.write(COMMAND, START, 0)
    forces = [
        np.frombuffer(emission.payload[9:13], "<f4")[0]
        for emission in belt.advance(8_000_000)
        if len(emission.payload) == 13
    ]
    assert sorted(set(forces[25:])) == [0.0, 50.0]
