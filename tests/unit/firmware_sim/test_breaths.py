from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.breaths import draw_breaths
from firmware_sim.script import Happening, Pattern, Phase, Script

STEADY = Pattern(
    15, 0.5, rib_share=0.6, phase_deg=0, time_cv=0, volume_cv=0, share_sd=0, phase_sd_deg=0
)


def draw(pattern, seconds=600.0, seed=1, **phase):
    script = Script((Phase("p", seconds, pattern, **phase),))
    return draw_breaths(script, seconds, np.random.default_rng(seed))


def first_harmonic_phase_deg(breaths, row):
    """Rib cage behind abdomen, deg, from the sampled volumes of one breath."""
    length_s = breaths.onset_s[row + 1] - breaths.onset_s[row]
    tau = np.arange(0.0, 1.0, 0.001)
    rib, abdomen = breaths.volumes_l(breaths.onset_s[row] + tau * length_s)
    turn = np.exp(-2j * np.pi * tau)
    return np.rad2deg(np.angle((abdomen * turn).sum() * np.conj((rib * turn).sum())))


def test_rate_volume_and_variability_are_as_asked():
    breaths = draw(Pattern(15, 0.5, time_cv=0.12, volume_cv=0.18), 3600.0)
    total_s = np.diff(breaths.onset_s)
    assert 60.0 / total_s.mean() == pytest.approx(15.0, rel=0.03)
    assert np.log(total_s).std() == pytest.approx(0.12, rel=0.1)
    assert breaths.volume_l.mean() == pytest.approx(0.5, rel=0.03)
    assert np.log(breaths.volume_l).std() == pytest.approx(0.18, rel=0.1)
    long_and_deep = np.corrcoef(total_s, breaths.volume_l[:-1])[0, 1]
    assert 0.3 < long_and_deep < 0.5


def test_breaths_follow_without_gap():
    b = draw(Pattern(15, 0.5))
    length_s = b.ti_s + b.hold_in_s + b.te_s + b.hold_out_s + b.pause_s
    np.testing.assert_allclose(np.diff(b.onset_s), length_s[:-1], rtol=1e-9)
    assert b.onset_s[0] < 0.0


def test_volume_begins_and_ends_at_the_resting_level_and_tops_at_the_tidal_volume():
    b = draw(STEADY)
    rib, abdomen = b.volumes_l(b.onset_s[5:9])
    np.testing.assert_allclose(rib + abdomen, 0.0, atol=1e-9)
    rib, abdomen = b.volumes_l(b.onset_s[5:9] + b.ti_s[5:9])
    np.testing.assert_allclose(rib, 0.3, rtol=0.02)
    np.testing.assert_allclose(abdomen, 0.2, rtol=0.02)


@pytest.mark.parametrize("phase_deg", [-150, -90, -15, 0, 8, 45, 120, 180])
def test_phase_by_shifting_one_shape_is_exact(phase_deg):
    pattern = Pattern(
        15, 0.5, 0.4, 0.1, 0.5, phase_deg, time_cv=0, volume_cv=0, share_sd=0, phase_sd_deg=0
    )
    breaths = draw(pattern)
    # duty still varies a little from breath to breath, so neighbours differ a little
    found = np.exp(1j * np.deg2rad([first_harmonic_phase_deg(breaths, r) for r in range(5, 45)]))
    error = np.rad2deg(np.angle(found.mean() / np.exp(1j * np.deg2rad(phase_deg))))
    assert abs(error) < 2.0


def test_a_share_above_one_sucks_the_belly_in():
    breaths = draw(Pattern(15, 0.5, rib_share=1.4, phase_deg=0, share_sd=0))
    rib, abdomen = breaths.volumes_l(breaths.onset_s[3:20] + breaths.ti_s[3:20])
    assert np.all(abdomen < 0.0)
    np.testing.assert_allclose(abdomen / rib, -0.4 / 1.4, rtol=0.1)


def test_sighs_come_as_often_as_asked():
    breaths = draw(Pattern(15, 0.5, sighs_per_h=60), 3600.0)
    assert 35 < breaths.sigh.sum() < 90
    assert breaths.volume_l[breaths.sigh > 0].mean() > 2.0 * breaths.volume_l.mean()


@pytest.mark.parametrize(("size", "field"), [(0.0, "hold_out_s"), (1.0, "hold_in_s")])
def test_a_hold_stops_volume(size, field):
    b = draw(STEADY, 60.0, happenings=(Happening("hold", 20.0, 6.0, size),))
    (row,) = np.flatnonzero(getattr(b, field))
    start_s = b.onset_s[row] + b.ti_s[row] + (0.0 if size else b.te_s[row])
    assert abs(start_s - 20.0) < 6.0
    rib, abdomen = b.volumes_l(start_s + np.linspace(0.0, 6.0, 50))
    volume = rib + abdomen
    assert np.ptp(volume) < 1e-9
    assert volume[0] == pytest.approx(0.5 * size, abs=0.02)


def test_speech_breathes_in_quickly_and_out_slowly():
    breaths = draw(Pattern(14, 0.6, 0.14, 0.0, speech=1))
    assert np.median(breaths.ti_s / breaths.cycle_s) == pytest.approx(0.14, abs=0.04)
    row = 4
    halfway = breaths.onset_s[row] + breaths.ti_s[row] + 0.5 * breaths.te_s[row]
    rib, abdomen = breaths.volumes_l(np.array([halfway]))
    assert (rib + abdomen)[0] / breaths.volume_l[row] == pytest.approx(0.5, abs=0.1)


def test_outside_the_table_nothing_moves():
    breaths = draw(STEADY, 30.0)
    rib, abdomen = breaths.volumes_l(np.array([-100.0, 1000.0]))
    np.testing.assert_array_equal(rib, 0.0)
    np.testing.assert_array_equal(abdomen, 0.0)
