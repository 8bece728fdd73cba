from __future__ import annotations

import pytest

from biofeedback.cli.demo.kits import KITS, DemoKit
from biofeedback.core.roles import Role
from biofeedback.drivers.registry import driver
from firmware_sim.scenarios import SCENARIOS, scenario


def test_the_kits_of_the_command_line() -> None:
    roles = {name: [worn.role for worn in kit.worn] for name, kit in KITS.items()}
    assert roles == {
        "clinic": [Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU],
        "trunk": [
            Role.CHEST_BELT,
            Role.ABDOMEN_BELT,
            Role.PELVIS_IMU,
            Role.BACK_IMU,
            Role.THIGH_IMU,
        ],
        "home": [Role.ABDOMEN_IMU],
        "polar": [Role.STERNUM_IMU],
    }


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
def test_each_sensor_is_reached_as_its_driver_says(kit: DemoKit) -> None:
    firmwares = kit.firmwares(scenario("quiet", 20, 1), 1)
    assert list(firmwares) == [worn.device_id for worn in kit.worn]
    for worn in kit.worn:
        spec = driver(worn.device_id)
        assert (spec.transport == "ble") == bool(worn.address)
        assert worn.role.kind in spec.kinds


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
def test_who_wears_it_is_somebody_there_is(kit: DemoKit) -> None:
    assert kit.scenario in SCENARIOS


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
def test_it_says_what_it_is_and_what_it_can_and_cannot_tell(kit: DemoKit) -> None:
    assert kit.in_words.startswith(f"kit        {kit.name}: ")
    assert "Can tell: " in kit.in_words
    assert "Cannot tell: " in kit.in_words


def test_the_description_names_devices_and_person() -> None:
    description = KITS["polar"].description("slow")
    assert [device.device_id for device in description.devices] == ["polar/A1B2C3D4"]
    assert description.source == "demo, simulated slow"
