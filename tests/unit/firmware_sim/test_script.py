from __future__ import annotations

import pytest

from firmware_sim.script import Happening, Pattern, Phase, Script

SLOW, FAST = Pattern(6, 0.9), Pattern(30, 0.3, rib_share=0.75)


def test_phases_follow_one_another():
    script = Script((Phase("a", 10.0, SLOW), Phase("b", 5.0, FAST)))
    assert script.duration_s == 15.0
    assert [start_s for start_s, _ in script.starts_s()] == [0.0, 10.0]
    assert script.pattern_at(9.99) == SLOW
    assert script.pattern_at(10.0) == FAST


def test_the_last_phase_goes_on():
    script = Script((Phase("a", 10.0, SLOW), Phase("b", 5.0, FAST)))
    assert script.pattern_at(1000.0) == FAST
    assert script.pattern_at(-1.0) == SLOW


def test_a_pattern_glides_to_another():
    script = Script((Phase("a", 10.0, SLOW, to_pattern=FAST),))
    halfway = script.pattern_at(5.0)
    assert halfway.rate_per_min == pytest.approx(18.0)
    assert halfway.rib_share == pytest.approx(0.65)
    assert script.pattern_at(0.0) == SLOW
    assert script.pattern_at(99.0) == FAST


def test_happenings_are_told_in_script_time():
    cough, hold = Happening("cough", 2.0, 1.0, 5.0), Happening("hold", 1.0, 6.0)
    second = Happening("cough", 0.5, 1.0, 5.0)
    script = Script(
        (
            Phase("a", 10.0, SLOW, happenings=(cough, hold)),
            Phase("b", 5.0, FAST, happenings=(second,)),
        )
    )
    assert script.happenings("cough") == [(2.0, cough), (10.5, second)]
    assert script.happenings("slip") == []


def test_an_empty_script_is_refused():
    with pytest.raises(ValueError, match="at least one phase"):
        Script(())


@pytest.mark.parametrize("duration_s", [0.0, -1.0, float("nan")])
def test_a_phase_that_does_not_last_is_refused(duration_s):
    with pytest.raises(ValueError, match=r"'rest' lasts .* must be above 0 s"):
        Script((Phase("rest", duration_s, SLOW),))
