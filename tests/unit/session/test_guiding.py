"""A guide at work: commands reach the instrument, what came of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.entry import Command
from biofeedback.core.roles import Role
from biofeedback.session.guide import Guide
from biofeedback.session.guiding import Guiding, guided
from biofeedback.session.last_calibration import Belts
from biofeedback.session.studio import Studio
from tests.unit.session.guided_events import answered, calibrated

WORN = (Role.CHEST_BELT, Role.ABDOMEN_BELT)


class Desk:
    """A guiding whose clock is turned by hand."""

    def __init__(self, belts: Belts | None = None) -> None:
        self.now_s = 100.0
        self.given: list[str] = []
        guide = Guide(WORN, "sitting")
        self.guiding = Guiding(guide, belts, lambda: round(self.now_s * 1e9), self.give)

    def give(self, *commands: Command) -> None:
        self.given += [str(command.arguments["step"]) for command in commands]

    def later(self, seconds: float) -> None:
        self.now_s += seconds
        self.guiding.tick()


def test_a_step_is_begun_ended_and_answered() -> None:
    desk = Desk()
    desk.guiding.begin()
    desk.later(31.0)
    desk.guiding.hear([answered("quiet")])
    assert desk.given == ["quiet", "pause"]
    assert desk.guiding.guide.step is not None
    assert desk.guiding.guide.step.name == "deep"
    assert desk.guiding.now_ns == 131_000_000_000


def test_a_step_is_repeated_from_its_first_sentence_and_left_out() -> None:
    desk = Desk()
    desk.guiding.begin()
    desk.later(10.0)
    desk.guiding.repeat()
    assert desk.given == ["quiet", "pause", "quiet"]
    assert desk.guiding.guide.elapsed_s(desk.guiding.now_ns) == 0.0
    desk.guiding.skip()
    assert desk.given[-1] == "pause"
    assert not desk.guiding.guide.outcomes["quiet"].well


def test_what_was_finished_is_compared_and_kept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    belts = Belts("wren", "a", "b", "sitting")
    first = Desk(belts).guiding
    first.hear([calibrated(ln_k=0.2)])
    first.hear([])
    assert first.comparison is not None
    assert first.comparison.alike is None
    again = Desk(belts).guiding
    again.hear([calibrated(ln_k=0.25)])
    assert again.comparison is not None
    assert again.comparison.alike


def test_a_studio_is_guided_by_what_is_worn(tmp_path: Path) -> None:
    studio = Studio()
    studio.roles = {"a/1": Role.PELVIS_IMU}
    assert [step.name for step in guided(studio, "standing").guide.steps] == ["bows"]
    studio.roles |= {"b/1": Role.CHEST_BELT, "b/2": Role.ABDOMEN_BELT}
    guide = guided(studio, "standing").guide
    assert guide.posture == "standing"
    assert len(guide.steps) == 10
