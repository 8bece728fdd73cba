"""Why a replay can be trusted: it is compared byte for byte, and a difference is caught."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from biofeedback.cli.demo.announcing import Announcer
from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.running import run_directly
from biofeedback.core.ports import Output, Send
from biofeedback.drivers.protocols.godirect import GoDirect
from biofeedback.recording.reader import SessionReader
from biofeedback.session import sessions
from biofeedback.session.sessions import recording, verify_session
from biofeedback.signal.separation import Separation
from firmware_sim.scenarios import scenario


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay") / "s"
    kit = KITS["clinic"]
    body = scenario("quiet", 25, 3)
    worn = kit.firmwares(body, 3)
    with recording(folder, kit.description("quiet")) as writer:
        run_directly(kit, worn, writer, 25, Announcer(body.script))
    return folder


def test_a_replay_is_identical_and_says_what_it_compared(session: Path) -> None:
    verification = verify_session(SessionReader(session))
    assert verification.identical
    assert verification.checkpoints > 80
    assert verification.sends > 20
    assert verification.rows > 2000
    assert "replay identical" in verification.in_words()


def test_a_changed_handshake_is_caught_by_the_recorded_bytes(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = GoDirect.start

    def changed(self: GoDirect) -> Iterable[Output]:
        for output in start(self):
            if isinstance(output, Send):
                yield Send(output.endpoint, output.payload[:-1] + b"\0")
            else:
                yield output

    monkeypatch.setattr(GoDirect, "start", changed)
    verification = verify_session(SessionReader(session))
    assert not verification.identical
    assert "was sent" in verification.in_words()


def test_a_changed_number_is_caught_and_placed_in_time(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Separation.step

    def changed(self: Separation, chunk: object, heard: object, state: object) -> object:
        added, events = step(self, chunk, heard, state)  # type: ignore[arg-type]
        added[:, 1] += 1e-12
        return added, events

    monkeypatch.setattr(Separation, "step", changed)
    verification = verify_session(SessionReader(session))
    assert not verification.identical
    assert verification.same_until_s > 1.0
    assert "DIFFERS" in verification.in_words()


def test_another_period_is_another_handshake(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol_for = sessions.protocol_for

    def slower(device_id: str, options: object = None) -> object:
        if device_id.startswith("godirect"):
            return GoDirect(period_s=0.2)
        return protocol_for(device_id, options)  # type: ignore[arg-type]

    monkeypatch.setattr(sessions, "protocol_for", slower)
    assert not verify_session(SessionReader(session)).identical
