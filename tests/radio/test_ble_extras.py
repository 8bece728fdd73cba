"""Characteristics that a device may lack, and devices that want to be paired, over real ATT."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import NoReturn

import pytest
from bumble.att import ATT_INSUFFICIENT_AUTHENTICATION_ERROR, ATT_Error

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceConnectionError
from biofeedback.drivers.ble import BleTransport
from biofeedback.drivers.registry import DriverSpec
from firmware_sim.gatt_table import BATTERY_LEVEL
from tests.radio.puppet import (
    ADDRESS,
    BATTERY_PCT,
    NOTIFY,
    SPEC,
    WRITE,
    Ears,
    Puppet,
    on_air,
    until,
)

OTHER = "5bd400ff-6f7a-4d52-9d3b-0c2b5a4e9e01"
BATTERY = (BATTERY_LEVEL, bytes([BATTERY_PCT]))


class Unpaired(Puppet):
    """Keeps to itself what may be read and refuses what is written."""

    def read(self, endpoint: str, now_us: int) -> NoReturn:
        raise ATT_Error(ATT_INSUFFICIENT_AUTHENTICATION_ERROR)

    def write(self, endpoint: str, data: bytes, now_us: int) -> NoReturn:
        raise ATT_Error(ATT_INSUFFICIENT_AUTHENTICATION_ERROR)


def extra(*uuids: str, **changes: object) -> DriverSpec:
    return dataclasses.replace(SPEC, extra_uuids=uuids, **changes)


async def heard(puppet: Puppet, spec: DriverSpec, *said: bytes) -> list[tuple[str, bytes]]:
    """Open, let the puppet speak, close; return what came, in order."""
    ears = Ears()
    async with on_air(puppet) as (radio, _):
        transport = BleTransport(ADDRESS, spec, RealClock(), radio)
        await transport.open(ears.receive, ears.lost)
        n_read = len(ears.packets)
        puppet.say(*said)
        await until(lambda: len(ears.packets) == n_read + len(said))
        await transport.close()
    assert ears.losses == []
    return [(endpoint, payload) for endpoint, payload, _ in ears.packets]


def test_what_can_be_read_is_heard_before_the_link_is_open() -> None:
    packets = asyncio.run(heard(Puppet(), extra(BATTERY_LEVEL), b"one"))
    assert packets == [BATTERY, (NOTIFY, b"one")]


def test_what_a_device_lacks_or_keeps_to_itself_does_not_matter() -> None:
    assert asyncio.run(heard(Puppet(), extra(OTHER, WRITE), b"one")) == [(NOTIFY, b"one")]
    assert asyncio.run(heard(Unpaired(), extra(BATTERY_LEVEL), b"one")) == [(NOTIFY, b"one")]


@pytest.mark.parametrize("needed", [(), (NOTIFY,)])
def test_what_notifies_is_subscribed_to_once(needed: tuple[str, ...]) -> None:
    spec = extra(NOTIFY, BATTERY_LEVEL, notify_uuids=needed)
    packets = asyncio.run(heard(Puppet(), spec, b"one", b"two"))
    assert packets == [BATTERY, (NOTIFY, b"one"), (NOTIFY, b"two")]


def test_a_driver_without_commands_needs_no_characteristic_for_them() -> None:
    spec = dataclasses.replace(SPEC, write_uuid="")
    assert asyncio.run(heard(Puppet(takes=("read",)), spec, b"one")) == [(NOTIFY, b"one")]


def test_a_refused_command_for_want_of_pairing_ends_the_link_in_words() -> None:
    async def main() -> Ears:
        ears = Ears()
        async with on_air(Unpaired(takes=("write",))) as (radio, _):
            transport = BleTransport(ADDRESS, SPEC, RealClock(), radio)
            await transport.open(ears.receive, ears.lost)
            for _ in range(2):
                with pytest.raises(DeviceConnectionError, match="paired first"):
                    await transport.send(WRITE, b"go")
            await transport.close()
        return ears

    (words,) = asyncio.run(main()).losses
    assert "pair it in the system's Bluetooth settings" in words
