from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.wearing import Wearing

T_S = np.arange(0.0, 40.0, 0.02)


def worn(wearing, **phase):
    return Body(Script((Phase("p", 60.0, QUIET, **phase),)), 1, wearing)


def test_gains_scale_what_breathing_does_and_tell_the_volume_ratio():
    usual, doubled = worn(Wearing()), worn(Wearing(chest_mm_per_l=40.0))
    np.testing.assert_allclose(
        doubled.breathing_mm("chest", T_S), 2 * usual.breathing_mm("chest", T_S)
    )
    np.testing.assert_array_equal(
        doubled.breathing_mm("abdomen", T_S), usual.breathing_mm("abdomen", T_S)
    )
    assert Wearing(10.0, 25.0).volume_ratio == pytest.approx(2.5)


@pytest.mark.parametrize("ratio", [0.4, 1.0, 3.0])
def test_the_ratio_makes_one_volume_of_both_belts(ratio):
    body = worn(Wearing(20.0, 20.0 * ratio))
    chest, abdomen = (body.breathing_mm(site, T_S) for site in ("chest", "abdomen"))
    volume = (body.volume_ratio(T_S) * chest + abdomen) / (20.0 * ratio)
    np.testing.assert_allclose(volume, body.volume_l(T_S), atol=1e-12)


def test_an_inverted_belt_falls_and_the_other_does_not():
    usual, other = worn(Wearing()), worn(Wearing(inverted=("chest",)))
    np.testing.assert_array_equal(other.belt_mm("chest", T_S), -usual.belt_mm("chest", T_S))
    np.testing.assert_array_equal(other.belt_mm("abdomen", T_S), usual.belt_mm("abdomen", T_S))


def test_swapped_belts_read_each_other():
    usual, other = worn(Wearing()), worn(Wearing(swapped=True))
    np.testing.assert_array_equal(other.belt_mm("chest", T_S), usual.belt_mm("abdomen", T_S))
    np.testing.assert_array_equal(other.belt_mm("abdomen", T_S), usual.belt_mm("chest", T_S))


def test_a_slip_changes_the_true_ratio():
    slip = Happening("slip", 20.0, 0.3, size=0.2, site="abdomen")
    body = worn(Wearing(), happenings=(slip,))
    before, after = body.volume_ratio(np.array([10.0, 30.0]))
    assert after == pytest.approx(0.8 * before)
    ratios = body.truth.volume_ratio
    assert ratios[0] == pytest.approx(before)
    assert ratios[-1] == pytest.approx(after)


@pytest.mark.parametrize("wrong", [{"chest_mm_per_l": 0.0}, {"inverted": ("knee",)}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"0\.0 mm/l at the chest|no belt at \['knee'\]"):
        Wearing(**wrong)
