"""Bytes handed over directly; over the radio it runs in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.cli.demo.announcing import Announcer
from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.running import run_directly
from biofeedback.core.entry import Command, LinkChange, Packet
from biofeedback.session.sessions import open_reader, recording
from firmware_sim.scenarios import QUIET, scenario
from firmware_sim.script import Phase, Script

NOBODY = Announcer(Script((Phase("quiet", 20.0, QUIET),)))


@pytest.mark.parametrize("name", KITS)
def test_every_device_is_opened_asked_heard_and_closed(name: str, tmp_path: Path) -> None:
    kit = KITS[name]
    firmwares = kit.firmwares(scenario("quiet", 20, 1), 1)
    with recording(tmp_path / "s", kit.description("quiet")) as writer:
        assert run_directly(kit, firmwares, writer, 10.0, NOBODY) == 0
    entries = list(open_reader(tmp_path / "s").entries())
    roles = [entry.arguments["role"] for entry in entries if isinstance(entry, Command)]
    assert roles == [worn.role.value for worn in kit.worn]
    for worn in kit.worn:
        mine = [e for e in entries if getattr(e, "device_id", "") == worn.device_id]
        states = [entry.state for entry in mine if isinstance(entry, LinkChange)]
        heard = [e for e in mine if isinstance(e, Packet) and e.direction == "rx"]
        assert states == ["open", "closing"]
        assert any(isinstance(e, Packet) and e.direction == "tx" for e in mine)
        assert heard[-1].host_time_ns > 9.0e9
    times_ns = [entry.host_time_ns for entry in entries]
    assert times_ns[0] == 0
    assert times_ns[-1] < 10.5e9


def test_what_the_driver_wants_to_know_is_read_before_it_asks(tmp_path: Path) -> None:
    kit = KITS["polar"]
    firmwares = kit.firmwares(scenario("quiet", 20, 1), 1)
    with recording(tmp_path / "s", kit.description("quiet")) as writer:
        run_directly(kit, firmwares, writer, 2.0, NOBODY)
    packets = [e for e in open_reader(tmp_path / "s").entries() if isinstance(e, Packet)]
    first_asked = next(n for n, packet in enumerate(packets) if packet.direction == "tx")
    read = [packet.payload for packet in packets[:first_asked]]
    assert b"H10\0" in read
    assert b"A1B2C3D4\0" in read
