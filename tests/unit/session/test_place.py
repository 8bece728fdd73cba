"""Where sensors are."""

from __future__ import annotations

import asyncio

from biofeedback.core.clock import RealClock
from biofeedback.drivers.scan import Found
from biofeedback.drivers.serialport import SerialTransport
from biofeedback.session.place import device_id_of, surroundings


def test_devices_are_named_by_driver_and_the_last_word_of_their_address() -> None:
    names = [
        device_id_of(Found(driver, address, "", None, None))
        for driver, address in (("witmotion", "/dev/ttyUSB0"), ("godirect", "GDX-RB 0K2001B3"))
    ]
    assert names == ["witmotion/ttyUSB0", "godirect/0K2001B3"]


def test_this_machine_is_searched_and_what_cannot_be_tried_is_said() -> None:
    async def look() -> tuple[list[Found], str]:
        async with surroundings(RealClock()) as place:
            port = Found("witmotion", "/dev/ttyUSB0", "", None, None)
            assert isinstance(place.wire("witmotion/ttyUSB0", port)(), SerialTransport)
            return await place.scan(0.5)

    found, problems = asyncio.run(look())
    assert all(isinstance(item, Found) for item in found)
    assert problems == "" or ";" in problems
