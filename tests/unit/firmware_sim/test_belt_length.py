"""A belt of length follows girth, and not how hard a wall pushes."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.belt_length import BeltLength
from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET, scenario
from firmware_sim.script import Phase, Script

T_S = np.arange(0.0, 60.0, 0.1)


def test_it_follows_girth_and_creeps() -> None:
    body = scenario("quiet", 60, 1)
    length_mm = BeltLength(body, "abdomen", 1).sample_mm(T_S)
    girth_mm = body.belt_mm("abdomen", T_S)
    assert np.corrcoef(length_mm, girth_mm)[0, 1] > 0.99
    crept = (length_mm - girth_mm)[-50:].mean() - (length_mm - girth_mm)[:50].mean()
    assert crept == pytest.approx(-0.2, abs=0.05)


def test_a_braced_wall_is_seen_by_its_girth_alone() -> None:
    relaxed, braced = (
        Body(Script((Phase("quiet", 60.0, QUIET, tone=tone),)), 1) for tone in (0.0, 1.0)
    )
    change = [BeltLength(body, "abdomen", 1).sample_mm(T_S) for body in (relaxed, braced)]
    girth = [body.belt_mm("abdomen", T_S) for body in (relaxed, braced)]
    np.testing.assert_allclose(change[1] - change[0], girth[1] - girth[0], atol=1e-9)


def test_only_chest_and_abdomen_wear_belts() -> None:
    with pytest.raises(ValueError, match="choose from"):
        BeltLength(scenario("quiet", 10, 1), "thigh", 1)
