"""What pyserial may raise becomes our errors with a next step. The rest: tests/radio."""

from __future__ import annotations

import asyncio
import os

import pytest
import serial

from biofeedback.core.clock import SimulatedClock
from biofeedback.core.errors import DeviceConnectionError, DeviceError, DeviceNotFoundError
from biofeedback.drivers.serialport import ENDPOINT, SerialTransport, port_names, port_problem

POSIX = os.name == "posix"


async def echo(payload: bytes) -> list[tuple[str, bytes, int]]:
    """Send through pyserial's ``loop://``, where all that is written is read."""
    heard: list[tuple[str, bytes, int]] = []
    arrived = asyncio.Event()

    def receive(endpoint: str, data: bytes, host_time_ns: int) -> None:
        heard.append((endpoint, data, host_time_ns))
        arrived.set()

    transport = SerialTransport("loop://", 115200, SimulatedClock(77))
    await transport.open(receive, lambda reason: pytest.fail(reason))
    try:
        await transport.send(ENDPOINT, payload)
        while sum(len(data) for _, data, _ in heard) < len(payload):
            await arrived.wait()
            arrived.clear()
    finally:
        await transport.close()
    return heard


def test_a_url_is_opened_written_and_read_with_the_stamp_of_its_clock() -> None:
    heard = asyncio.run(echo(b"breathe"))
    assert b"".join(data for _, data, _ in heard) == b"breathe"
    assert {(endpoint, stamp) for endpoint, _, stamp in heard} == {("serial", 77)}


def raised_for(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> DeviceError:
    """Open a port whose opening fails as pyserial words it on systems that are not at hand."""

    def refuse(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(DeviceError) as raised:
        asyncio.run(
            SerialTransport("/dev/ttyUSB0", 9600, SimulatedClock()).open(
                lambda *_: None, lambda _: None
            )
        )
    assert raised.value.device_id == "/dev/ttyUSB0"
    assert "/dev/ttyUSB0" in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (
            serial.SerialException(2, "could not open port: [Errno 2] No such file or directory"),
            DeviceNotFoundError,
            "present: ",
        ),
        (
            serial.SerialException(
                "could not open port 'COM9': FileNotFoundError(2, 'cannot find the file', None, 2)"
            ),
            DeviceNotFoundError,
            "Plug the sensor in",
        ),
        (
            serial.SerialException(13, "could not open port: [Errno 13] Permission denied"),
            DeviceConnectionError,
            "dialout" if POSIX else "close the program",
        ),
        (
            serial.SerialException(
                "could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"
            ),
            DeviceConnectionError,
            "dialout" if POSIX else "close the program",
        ),
        (
            serial.SerialException(
                11, "Could not exclusively lock port: [Errno 11] Resource temporarily unavailable"
            ),
            DeviceConnectionError,
            "used by another program; close it",
        ),
        (
            OSError(16, "Device or resource busy"),
            DeviceConnectionError,
            "used by another program; close it",
        ),
        (OSError(5, "Input/output error"), DeviceConnectionError, "check cable"),
        (ValueError("Not a valid baudrate: -1"), DeviceConnectionError, "baud rate"),
    ],
)
def test_a_port_that_cannot_be_opened_says_what_to_do(
    failure: Exception, kind: type[DeviceError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = raised_for(failure, monkeypatch)
    assert type(told) is kind
    assert words in str(told)


def test_ports_are_listed_by_name_and_description() -> None:
    for name, description in port_names():
        assert name
        assert isinstance(description, str)


@pytest.mark.skipif(not POSIX, reason="Windows does not tell before a port is opened")
def test_a_port_of_others_is_told_with_the_way_out(tmp_path) -> None:
    mine = tmp_path / "mine"
    mine.touch()
    assert port_problem(str(mine)) == ""
    # To the superuser everything that is there is his.
    assert "usermod -aG dialout" in port_problem(str(tmp_path / "absent"))
