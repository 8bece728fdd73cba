"""A part of the fault matrix; `make matrix` holds every device against every fault, for longer."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.fault_devices import DEVICES, TwinDevice
from benchmarks.fault_matrix import TROUBLES, Trouble, held, marks, meant_for
from biofeedback.drivers.registry import drivers

WHILE_S, SETTLES_S = (6.0, 10.0), 8.0
# Battery death aside, what every device is held against here; the cheapest one against all.
TELLING = ("garbage flood", "vanish and return")


def shortened(trouble: Trouble) -> Trouble:
    if trouble.turns:
        return trouble
    if trouble.when_s[0] == 0.0:  # behind it the first pauses of the link are longer
        return dataclasses.replace(trouble, when_s=(0.0, 3.0), settles_s=15.0)
    return dataclasses.replace(trouble, when_s=WHILE_S, settles_s=SETTLES_S)


def cells() -> list[tuple[TwinDevice, Trouble]]:
    cheapest = DEVICES[1]
    return [
        (device, shortened(trouble))
        for device in DEVICES
        for trouble in TROUBLES
        if meant_for(device, trouble) and (device is cheapest or trouble.name in TELLING)
    ]


def test_every_driver_that_has_a_twin_is_in_the_matrix() -> None:
    assert {device.driver for device in DEVICES} == set(drivers()) - {"imported"}


@pytest.mark.parametrize(
    ("device", "trouble"), cells(), ids=lambda item: getattr(item, "title", None) or item.name
)
def test_a_fault_is_survived_and_counted(device: TwinDevice, trouble: Trouble) -> None:
    cell = held(device, trouble)
    assert "!" not in marks(device, trouble, cell), cell
    assert cell.sent > 10


def test_a_dead_axis_and_a_saturated_belt_are_told() -> None:
    belt, motion = DEVICES[1], next(d for d in DEVICES if d.driver == "text_ble")
    dead, saturated = TROUBLES[-2:]
    # This body begins to move late.
    dead = dataclasses.replace(dead, when_s=WHILE_S, settles_s=25.0)
    assert "no movement" in held(motion, dead).doubts
    assert "end of its range" in held(belt, shortened(saturated)).doubts


def test_a_fault_that_strikes_changes_the_books() -> None:
    belt = DEVICES[1]
    drop = next(trouble for trouble in TROUBLES if trouble.name.startswith("drop"))
    cell = held(belt, drop)
    assert cell.lost > 10
    assert cell.received + cell.lost == cell.sent
