"""A session from the studio's door over the simulated kit: scan, wear, record, mark, stop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from biofeedback.cli.demo.wires import simulated_place
from biofeedback.core.clock import RealClock
from biofeedback.core.roles import Role
from biofeedback.recording.reader import SessionReader
from biofeedback.session.live import Live
from biofeedback.session.sessions import verify_session
from biofeedback.session.studio import Studio

PATIENCE_S = 60.0
SPEED = 4.0


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    studio = Studio(partial(simulated_place, seed=3), RealClock(SPEED))
    studio.open()
    yield studio
    studio.close()


def follow(studio: Studio, live: Live, until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        live.update(studio.take_mail())
        if until():
            return
        time.sleep(0.02)
    pytest.fail(f"not in {PATIENCE_S} s; links {live.links}, problem {studio.problem!r}")


def wear_belts(studio: Studio) -> None:
    studio.scan().result(PATIENCE_S)
    belts = sorted(name for name in studio.found if studio.kinds(name) == ("belt",))
    assert len(belts) == 2
    for device_id, role in zip(belts, (Role.CHEST_BELT, Role.ABDOMEN_BELT), strict=True):
        studio.wear(device_id, role).result(PATIENCE_S)


def test_a_session_is_recorded_and_the_next_goes_on(studio: Studio) -> None:
    live = Live()
    wear_belts(studio)
    assert studio.state == "seen"
    follow(studio, live, lambda: len(live.table.column("chest_excursion")[0]) > 100)
    studio.record().result(PATIENCE_S)
    assert studio.state == "recording"
    assert studio.recorded_s >= 0
    studio.mark("cough")
    studio.task("heel_slide", "left", own_band=True)
    follow(studio, live, lambda: live.task.going_on)
    assert (live.task.name, live.task.side) == ("heel_slide", "left")
    follow(studio, live, lambda: len(live.flags) == 1)
    saved = studio.stop().result(PATIENCE_S)
    assert saved is not None
    assert studio.state == "seen"
    assert set(studio.roles.values()) == {Role.CHEST_BELT, Role.ABDOMEN_BELT}
    assert verify_session(SessionReader(saved)).identical
    review = studio.review(saved).result(PATIENCE_S)
    assert review.length_s > 1
    again = Live()
    follow(studio, again, lambda: all(link.ready for link in again.links) and len(again.links) == 2)


def test_a_sensor_put_where_another_is_takes_its_place(studio: Studio) -> None:
    wear_belts(studio)
    first, second = sorted(studio.roles)
    studio.wear(first, Role.ABDOMEN_BELT).result(PATIENCE_S)
    assert studio.roles == {first: Role.ABDOMEN_BELT}
    studio.wear(second, Role.CHEST_BELT).result(PATIENCE_S)
    studio.swap_belts().result(PATIENCE_S)
    assert studio.roles == {first: Role.CHEST_BELT, second: Role.ABDOMEN_BELT}


def test_what_was_never_recorded_may_be_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    studio = Studio(simulated_place, RealClock(SPEED))
    studio.open()
    wear_belts(studio)
    assert studio.folder is not None
    assert studio.folder.is_dir()
    assert studio.stop().result(PATIENCE_S) is None
    studio.close(keep=False)
    assert [path.name for path in tmp_path.iterdir()] == ["last-kit.toml"]


def test_what_fails_is_told(studio: Studio) -> None:
    with pytest.raises(KeyError):
        studio.wear("godirect/none", Role.CHEST_BELT).result(PATIENCE_S)
    assert "none" in studio.problem


def test_what_the_first_sensor_needs_is_loaded_ahead(studio: Studio) -> None:
    assert studio.load_ahead().result(PATIENCE_S) is sys.modules["biofeedback.signal.setups"]
