"""A recorded session for commands to work on, and a runner that stays in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from biofeedback.cli.main import app
from biofeedback.core.entry import Tick
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.session.instrument import Instrument
from biofeedback.session.sessions import make_kernel, recording
from tests.unit.report.made import DEVICE, made_entries

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "session"
    description = SessionDescription((DeviceDescription(DEVICE, "imported"),), source="made")
    with recording(folder, description) as writer:
        instrument = Instrument(make_kernel(description), writer)
        for entry in made_entries(length_s=60.0):
            instrument.feed([entry, Tick(entry.host_time_ns)])
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke
