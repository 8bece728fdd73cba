from __future__ import annotations

import os
import select
import socket
import time

import pytest

from firmware_sim.link import PtyLink, TcpLink, serial_link
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import WitMotionSerial

PATIENCE_S = 10.0
SPEED = 20
READ_VERSION = bytes.fromhex("ffaa272e00")
HAS_PTY = hasattr(os, "openpty")


def make_clock():
    start_ns = time.perf_counter_ns()
    return lambda: (time.perf_counter_ns() - start_ns) * SPEED // 1000


def make_imu():
    return WitMotionSerial(scenario("quiet", 60, 1))


def frames_of(data: bytes) -> list[bytes]:
    """Whole frames; fails when anything but frames was sent."""
    frames = [data[at : at + 11] for at in range(0, len(data) // 11 * 11, 11)]
    assert all(frame[0] == 0x55 and sum(frame[:10]) & 0xFF == frame[10] for frame in frames)
    return frames


def read_bytes(descriptor: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        ready, _, _ = select.select([descriptor], [], [], PATIENCE_S)
        assert ready, f"only {len(data)} of {count} bytes came"
        data += os.read(descriptor, 4096)
    return data


def has_ended(descriptor: int) -> bool:
    """Read what is left; whether the other side is gone."""
    while select.select([descriptor], [], [], PATIENCE_S)[0]:
        try:
            if not os.read(descriptor, 4096):
                return True
        except OSError:
            return True
    return False


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo-terminals on this platform")
def test_a_pty_is_read_by_os_read():
    with PtyLink(make_imu(), make_clock()) as link:
        assert link.path == link.url
        port = os.open(link.path, os.O_RDWR | os.O_NOCTTY)
        try:
            frames = frames_of(read_bytes(port, 40 * 11))
        finally:
            os.close(port)
    assert [frame[1] for frame in frames[:4]] == [0x51, 0x52, 0x53, 0x54]


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo-terminals on this platform")
def test_a_pty_takes_commands_and_answers_after_being_opened_again():
    with PtyLink(make_imu(), make_clock()) as link:
        for _ in range(2):
            port = os.open(link.path, os.O_RDWR | os.O_NOCTTY)
            try:
                os.write(port, READ_VERSION)
                data = b""
                while b"\x55\x5f\x28\x00" not in data:
                    data += read_bytes(port, 1)
            finally:
                os.close(port)


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo-terminals on this platform")
def test_stopping_the_pty_is_an_unplugged_port():
    link = PtyLink(make_imu(), make_clock())
    link.start()
    port = os.open(link.path, os.O_RDWR | os.O_NOCTTY)
    try:
        read_bytes(port, 11)
        link.stop()
        assert has_ended(port)
    finally:
        os.close(port)


def test_tcp_carries_the_same_bytes_both_ways():
    with TcpLink(make_imu(), make_clock()) as link:
        host, _, port = link.url.removeprefix("socket://").partition(":")
        for _ in range(2):
            with socket.create_connection((host, int(port)), PATIENCE_S) as guest:
                guest.sendall(READ_VERSION)
                data = b""
                while b"\x55\x5f\x28\x00" not in data or len(data) < 440:
                    data += guest.recv(4096)
                frames_of(data)


def test_the_firmware_is_told_who_comes_and_goes():
    told = []

    class Told(WitMotionSerial):
        def connect(self, now_us):
            told.append("come")
            super().connect(now_us)

        def disconnect(self, now_us):
            told.append("gone")
            super().disconnect(now_us)

    with TcpLink(Told(scenario("quiet", 60, 1)), make_clock()) as link:
        host, _, port = link.url.removeprefix("socket://").partition(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as guest:
            guest.recv(1)
    assert told == ["come", "gone"]


def test_serial_link_takes_what_the_platform_has():
    link = serial_link(make_imu(), make_clock())
    assert isinstance(link, PtyLink if HAS_PTY else TcpLink)
