from __future__ import annotations

from importlib import metadata

import pytest

from biofeedback.core.errors import ConfigError, DeviceNotFoundError, ProtocolError
from biofeedback.drivers import registry
from biofeedback.drivers.protocols import (
    gatt_services,
    godirect,
    heart_rate,
    polar,
    witmotion_ble,
)
from biofeedback.drivers.registry import DriverSpec, driver, drivers, protocol_for

PLUGIN = DriverSpec(
    "acme", "Acme belt", ("belt",), "ble", "biofeedback.drivers.protocols.imported:Imported"
)
IMPOSTOR = DriverSpec("godirect", "not ours", ("belt",), "ble", "nowhere:Nothing")


def test_every_driver_makes_its_protocol() -> None:
    for name in drivers():
        protocol = protocol_for(f"{name}/1")
        assert tuple(protocol.stop()) == ()


def test_uuids_in_the_table_are_those_of_the_protocols() -> None:
    belt, imu = driver("godirect"), driver("witmotion_ble")
    assert belt.service_uuids == (godirect.SERVICE_UUID,)
    assert (belt.notify_uuids, belt.write_uuid) == (
        (godirect.RESPONSE_UUID,),
        godirect.COMMAND_UUID,
    )
    assert imu.service_uuids == (witmotion_ble.SERVICE_UUID,)
    assert (imu.notify_uuids, imu.write_uuid) == (
        (witmotion_ble.NOTIFY_UUID,),
        witmotion_ble.WRITE_UUID,
    )


def test_uuids_of_straps_in_the_table_are_those_of_the_protocols() -> None:
    chest, strap = driver("polar"), driver("heart_rate")
    told = gatt_services.TOLD_UUIDS
    assert chest.service_uuids == (polar.SERVICE_UUID,)
    assert chest.write_uuid == polar.CONTROL_UUID
    assert chest.notify_uuids == (polar.CONTROL_UUID, polar.DATA_UUID)
    assert chest.extra_uuids == (*told, polar.CONTROL_UUID, heart_rate.MEASUREMENT_UUID)
    assert strap.service_uuids == (heart_rate.SERVICE_UUID,)
    assert (strap.notify_uuids, strap.write_uuid) == ((heart_rate.MEASUREMENT_UUID,), "")
    assert strap.extra_uuids == told


def test_a_polar_strap_is_taken_for_one_before_it_is_any_heart_rate_strap() -> None:
    names = list(drivers())
    assert names.index("polar") < names.index("heart_rate")


def test_a_device_id_names_its_driver() -> None:
    assert driver("witmotion/ttyUSB0").name == "witmotion"


def test_an_unknown_driver_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DeviceNotFoundError, match=r"'acme'.*godirect, witmotion"):
        driver("acme/1")


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="perriod"):
        protocol_for("godirect/1", {"perriod": 1})


def test_an_option_out_of_range_is_refused() -> None:
    with pytest.raises(ProtocolError, match="rate_hz is 7"):
        protocol_for("witmotion/1", {"rate_hz": 7.0})


class Point:
    name = "acme"

    def __init__(self, spec: object) -> None:
        self.spec = spec

    def load(self) -> object:
        return self.spec


def test_entry_points_add_drivers_but_replace_none(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [Point(PLUGIN), Point(IMPOSTOR), Point("no spec")]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    registry.drivers.cache_clear()
    try:
        known = drivers()
    finally:
        registry.drivers.cache_clear()
    assert known["acme"] is PLUGIN
    assert known["godirect"].title != IMPOSTOR.title
