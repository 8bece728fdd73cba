"""Pictures are well-formed SVG, equal for equal sessions, and absent where nothing was measured."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from biofeedback.core.results import BreathShare
from biofeedback.report.figures import (
    best_window_s,
    breathing_svg,
    loops_svg,
    share_svg,
    trunk_svg,
)
from tests.unit.report.made import made_session


def shares() -> list[BreathShare]:
    return [event for event in made_session().events if isinstance(event, BreathShare)]


@pytest.mark.parametrize("draw", [breathing_svg, loops_svg])
def test_pictures_are_svg_and_repeat(draw: object) -> None:
    assert callable(draw)
    svg = draw(made_session())
    assert ET.fromstring(svg).tag.endswith("svg")
    assert svg == draw(made_session())


def test_lines_are_named_at_their_ends() -> None:
    svg = breathing_svg(made_session())
    assert svg is not None
    assert "Chest" in svg
    assert "Abdomen" in svg


def test_the_course_has_three_rows_with_both_belts_and_one_without() -> None:
    session = made_session()
    both = share_svg(shares(), session.breaths, 150.0)
    one = share_svg([], session.breaths, 150.0)
    assert both is not None
    assert one is not None
    assert "phase angle" in both
    assert "phase angle" not in one


def test_no_loop_with_one_belt_and_no_trunk_without_a_sensor() -> None:
    assert loops_svg(made_session(abdomen=False)) is None
    assert trunk_svg(made_session()) is None
    assert share_svg([], [], 10.0) is None


def test_the_window_lies_within_the_session() -> None:
    start_s, end_s = best_window_s(made_session())
    assert 0 <= start_s < end_s <= 150.0
