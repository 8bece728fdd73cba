from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.manoeuvres import manoeuvres
from firmware_sim.script import Script
from firmware_sim.wearing import Wearing


def performed(wearing=None, **how):
    body = Body(Script(manoeuvres(**how)), 3, wearing)
    (hold,) = body.truth.holds
    t_s = np.arange(hold.start_s + 0.1, hold.start_s + 15.0 - 0.1, 0.01)
    return body, t_s


@pytest.mark.parametrize("leak", [0.0, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("ratio", [0.4, 1.1, 3.0])
def test_the_belly_pushes_the_ribs_in_but_for_what_leaks(leak, ratio):
    body, t_s = performed(Wearing(20.0, 20.0 * ratio), leak=leak)
    chest, abdomen = (body.breathing_mm(site, t_s) for site in ("chest", "abdomen"))
    slope = np.polyfit(chest, abdomen, 1)[0]
    assert -slope == pytest.approx(ratio / (1.0 - leak))
    assert np.ptp(body.volume_l(t_s)) == pytest.approx(leak * 0.45, abs=0.005)


def test_it_is_pushed_five_times():
    body, t_s = performed()
    above = body.breathing_mm("abdomen", t_s) > 0.5 * 22.0 * 0.45
    assert np.count_nonzero(np.diff(above.astype(int)) == 1) == 5


@pytest.mark.parametrize("depth", [1.0, 1.2])
def test_led_breaths_differ_in_share_and_in_depth_as_asked(depth):
    body, _ = performed(belly_depth=depth, variability=0.0)
    truth = body.truth
    chest_led, belly_led = (
        (truth.onset_s > phase.start_s) & (truth.end_s < phase.end_s) for phase in truth.phases[-2:]
    )
    assert np.median(truth.rib_share[chest_led]) == pytest.approx(0.85)
    assert np.median(truth.rib_share[belly_led]) == pytest.approx(0.25)
    ratio = np.median(truth.volume_l[belly_led]) / np.median(truth.volume_l[chest_led])
    assert ratio == pytest.approx(depth, rel=0.02)
    assert chest_led.sum() >= 5
    assert belly_led.sum() >= 5


def test_deep_breaths_are_much_deeper_than_quiet_ones():
    truth = performed()[0].truth
    quiet, deep = (
        (truth.onset_s > phase.start_s) & (truth.end_s < phase.end_s) for phase in truth.phases[:2]
    )
    assert np.median(truth.volume_l[deep]) > 2.5 * np.median(truth.volume_l[quiet])
