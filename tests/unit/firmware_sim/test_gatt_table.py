from __future__ import annotations

import pytest

from firmware_sim.gatt_table import BATTERY_LEVEL, INFORMATION_SERVICE, information, sig_uuid
from firmware_sim.godirect import COMMAND, RESPONSE, GoDirectBelt
from firmware_sim.witmotion import BLE_NOTIFY, BLE_WRITE, WitMotionBle


def test_assigned_numbers_are_written_out():
    assert sig_uuid(0x180A) == "0000180a-0000-1000-8000-00805f9b34fb"
    assert BATTERY_LEVEL == "00002a19-0000-1000-8000-00805f9b34fb"


@pytest.mark.parametrize(
    ("firmware", "table"),
    [
        (GoDirectBelt, {COMMAND: ("write-without-response",), RESPONSE: ("notify",)}),
        (WitMotionBle, {BLE_NOTIFY: ("notify",), BLE_WRITE: ("write", "write-without-response")}),
    ],
)
def test_the_advertised_service_shows_what_the_page_lists(firmware, table):
    (service,) = [s for s in firmware.services if s.uuid == firmware.advertised_service]
    assert {c.uuid: c.properties for c in service.characteristics} == table


def test_device_information_is_read_by_its_characteristics():
    texts = information("Acme", "Strap", "0001", "1.2")
    assert texts[sig_uuid(0x2A29)] == b"Acme"
    assert texts[sig_uuid(0x2A26)] == b"1.2"
    assert set(texts) == {shown.uuid for shown in INFORMATION_SERVICE.characteristics}
