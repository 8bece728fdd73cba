"""The contract of `Firmware`, kept by every device and every fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.faults import Drop, Reboot, Stall, Vanish
from firmware_sim.firmware import Emission
from firmware_sim.godirect import COMMAND, GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import BLE_WRITE, SERIAL, WitMotionBle, WitMotionSerial

BODY = scenario("cough", 60, 1)
START_BELT = bytes.fromhex("5813fe8318ff01020000000000000000000000")
FASTER = bytes.fromhex("ffaa6988b5ffaa030900")
DEVICES = {
    "godirect": (lambda: GoDirectBelt(BODY), COMMAND, START_BELT),
    "witmotion": (lambda: WitMotionSerial(BODY), SERIAL, FASTER),
    "witmotion ble": (lambda: WitMotionBle(BODY), BLE_WRITE, FASTER),
    "faulty": (
        lambda: Stall(Reboot(Vanish(Drop(WitMotionSerial(BODY), 0.1), 2, 1), 4, 1), 6, 1),
        SERIAL,
        FASTER,
    ),
}


@pytest.mark.parametrize("name", DEVICES)
def test_it_tells_only_the_past_in_order_and_goes_on_after_each_link(name):
    make, endpoint, start = DEVICES[name]
    firmware, now_us, last_us = make(), 0, 0
    assert firmware.name
    for _ in range(3):
        firmware.connect(now_us)
        emissions = firmware.write(endpoint, start, now_us)
        for _ in range(300):
            now_us += 10_000
            emissions += firmware.advance(now_us)
            for emission in emissions:
                assert isinstance(emission, Emission)
                assert last_us <= emission.time_us <= now_us
                assert emission.payload
                last_us = emission.time_us
            emissions.clear()
        assert last_us > now_us - 1_500_000
        firmware.disconnect(now_us)
        assert firmware.advance(now_us + 1_000_000) == []
        now_us += 2_000_000
        last_us = now_us


@pytest.mark.parametrize("name", DEVICES)
def test_what_cannot_be_read_is_a_key_error(name):
    make, endpoint, _ = DEVICES[name]
    with pytest.raises(KeyError):
        make().read(endpoint, 0)


@pytest.mark.parametrize("name", DEVICES)
@given(data=st.binary(max_size=64))
@settings(max_examples=50)
def test_any_bytes_are_taken(name, data):
    make, endpoint, _ = DEVICES[name]
    firmware = make()
    firmware.connect(0)
    firmware.write(endpoint, data, 0)
    firmware.write("nowhere", data, 0)
    firmware.advance(100_000)
