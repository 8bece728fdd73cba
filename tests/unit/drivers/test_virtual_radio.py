"""A radio before it is switched on. On the air: tests/radio."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from biofeedback.drivers.virtual_radio import VirtualRadio


def test_each_radio_has_backends_of_its_own() -> None:
    one, two = VirtualRadio(None), VirtualRadio(None)
    assert one.client_backend is not two.client_backend
    assert one.scanner_backend is not two.scanner_backend


def test_a_radio_that_was_never_switched_on_says_so() -> None:
    radio = VirtualRadio(None)
    client = BleakClient("F1:F1:F1:F1:F1:01", backend=radio.client_backend)
    assert not client.is_connected
    assert client.mtu_size == 23
    for attempt in (
        client.connect,
        lambda: BleakScanner.discover(timeout=0, backend=radio.scanner_backend),
    ):
        with pytest.raises(BleakError, match="not switched on; use it with `async with`"):
            asyncio.run(attempt())
    asyncio.run(client.disconnect())


def test_the_simulation_is_loaded_only_by_who_uses_it() -> None:
    code = (
        "import sys, biofeedback.drivers.ble, biofeedback.drivers.virtual_radio, "
        "biofeedback.drivers.scan, biofeedback.drivers.device; "
        "assert 'bumble' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
