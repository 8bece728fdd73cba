from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Phase, Script

REST_MM = 0.5 * 0.45 * 22.0
"""What a quiet breath moves the belly by."""


def body(**held: float) -> Body:
    return Body(Script((Phase("rest", 60.0, QUIET), Phase("held", 60.0, QUIET, **held))), 1)  # type: ignore[arg-type]


def test_a_belly_pushed_out_widens_and_the_rib_cage_gives_way() -> None:
    at_s = np.arange(65.0, 115.0, 0.1)
    out, still = body(push_out_mm=5.0), body()
    for site, change_mm in (("abdomen", 5.0), ("chest", -1.0)):
        moved_mm = out.belt_mm(site, at_s) - still.belt_mm(site, at_s)
        np.testing.assert_allclose(moved_mm, change_mm, atol=1e-9)


@pytest.mark.parametrize(
    ("held", "part"),
    [({"tone": 0.4}, 0.8), ({"draw_in_mm": 3.0}, 0.75), ({"draw_in_mm": 9.0}, 0.5)],
)
def test_what_a_tense_belly_does_not_take_of_a_breath_the_rib_cage_takes(
    held: dict[str, float], part: float
) -> None:
    at_s = np.arange(65.0, 115.0, 0.1)
    tense, still = body(**held), body()
    assert np.array_equal(tense.volume_l(at_s), still.volume_l(at_s))
    belly_mm = still.breathing_mm("abdomen", at_s)
    np.testing.assert_allclose(tense.breathing_mm("abdomen", at_s), part * belly_mm, atol=1e-12)
    share = tense.truth.rib_share[tense.truth.onset_s > 61.0]
    quiet = still.truth.rib_share[still.truth.onset_s > 61.0]
    np.testing.assert_allclose(1.0 - share, part * (1.0 - quiet), atol=1e-12)


def test_truth_holds_t_of_both_kinds_of_belt_and_p() -> None:
    truth = body(tone=0.4, draw_in_mm=1.0).truth
    at_rest, late = truth.end_s < 60.0, truth.onset_s > 61.0
    assert np.median(truth.belly.phasic[at_rest]) == pytest.approx(1.0)
    assert np.all(truth.belly.tonic_length[at_rest] == 0.0)
    # 1 mm drawn in, 0.8 mm of bracing; that pulls by 1.2 N beyond, at 0.25 N/mm.
    part = truth.belly.tonic_length[late]
    assert np.ptp(part) == 0.0
    assert part[0] == pytest.approx(-1.8 / REST_MM, rel=0.1)
    assert truth.belly.tonic_tension[late] / part == pytest.approx((1.2 / 0.25 - 1.8) / -1.8)
    assert np.median(truth.belly.phasic[late]) == pytest.approx(
        1.0 - 0.5 * (0.4 + 1.0 / 6.0), abs=0.1
    )


def test_without_rest_t_is_not_known() -> None:
    truth = Body(Script((Phase("braced", 40.0, QUIET, tone=0.3),)), 1).truth
    assert np.all(np.isnan(truth.belly.tonic_length))
    assert np.all(np.isnan(truth.belly.phasic))
