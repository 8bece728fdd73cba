"""Shares, angles and checks on simulated people, against what they really did."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.separation import (
    REST,
    imperfect,
    log_ratio_slope,
    session,
    share_errors,
    worn_wrongly,
)
from biofeedback.core.donning import BeltsChanged, CalibrationEnded
from biofeedback.core.results import BreathShare
from firmware_sim.manoeuvres import manoeuvres
from firmware_sim.script import Happening, Phase
from firmware_sim.wearing import Wearing


@pytest.mark.parametrize("angle_deg", [-180, -120, -60, 0, 60, 120, 165])
def test_phase_is_within_two_degrees_at_five_per_cent_noise(angle_deg: float) -> None:
    pattern = replace(REST, phase_deg=float(angle_deg), phase_sd_deg=0.0)
    turns = []
    for seed in (1, 2, 3):
        found = session((Phase("rest", 120.0, pattern),), seed, noise_mm=0.225)
        turns += [
            np.exp(1j * np.deg2rad(event.phase_angle_deg - angle_deg))
            for event in found.events
            if isinstance(event, BreathShare) and math.isfinite(event.phase_angle_deg)
        ]
    assert len(turns) > 50
    assert abs(np.degrees(np.angle(np.mean(turns)))) < 2.0


@pytest.mark.parametrize(("ratio", "rib_share"), [(0.4, 0.1), (0.4, 0.9), (1.0, 0.5), (3.0, 0.9)])
def test_calibrated_shares_are_within_three_points(ratio: float, rib_share: float) -> None:
    rest = Phase("rest", 90.0, replace(REST, rib_share=rib_share))
    found = session((*manoeuvres(), rest), 1, Wearing(20.0, 20.0 * ratio))
    errors, parts = share_errors(found)
    assert found.done is not None
    assert found.done.ln_k == pytest.approx(math.log(ratio), abs=0.15)
    assert len(errors) > 10
    assert np.mean(np.abs(errors)) < 3.0
    assert np.mean(np.abs(parts) < 2.0) > 0.9


def test_the_log_ratio_follows_the_log_odds_with_slope_one() -> None:
    found = log_ratio_slope((1, 2))
    assert found["slope"] == pytest.approx(1.0, abs=0.05)
    assert found["unchanged_within_2_se"] > 0.85


def test_belts_worn_wrongly_are_told() -> None:
    rates = worn_wrongly((1,))
    for name, expected in (
        ("right", {"accepted"}),
        ("chest inverted", {"chest called inverted"}),
        ("abdomen inverted", {"abdomen called inverted"}),
        ("both inverted", {"chest called inverted", "abdomen called inverted"}),
        ("swapped", {"called swapped"}),
    ):
        assert {what for what, rate in rates[name].items() if rate == 1.0} == expected
        assert sum(rates[name].values()) == len(expected)


def test_a_throat_that_leaks_and_unequal_depth_bias_it_within_what_is_told() -> None:
    rows = {(row["leak"], row["belly_depth"]): row for row in imperfect((1,))}
    assert rows[0.2, 1.0]["ln_k_isovolume_bias"] == pytest.approx(-math.log(0.8), abs=0.05)
    assert rows[0.1, 1.0]["within_2_se"] > 0.9
    assert rows[0.3, 0.8]["accepted"] == 0.0


def test_a_slip_ends_the_calibration_soon() -> None:
    slip = Happening("slip", 60.0, 0.3, size=0.4, site="abdomen")
    found = session((*manoeuvres(), Phase("rest", 150.0, REST, happenings=(slip,))), 1)
    (changed,) = (event for event in found.events if isinstance(event, BeltsChanged))
    (ended,) = (event for event in found.events if isinstance(event, CalibrationEnded))
    slipped_s = found.body.truth.slips[0].start_s
    assert (changed.reason, changed.role) == ("slip", "abdomen_belt")
    assert slipped_s - 5.0 < changed.t_s < slipped_s + 6.0
    assert ended.decided_s < slipped_s + 35.0
    later = [
        e for e in found.events if isinstance(e, BreathShare) and e.decided_s > ended.decided_s
    ]
    assert all(math.isnan(share.belly_share_pct) for share in later)


def test_paradox_is_called_within_three_breaths_whatever_is_calibrated() -> None:
    steps = (*manoeuvres(), Phase("rest", 40.0, REST))
    paradox = Phase("against", 60.0, replace(REST, rib_share=1.4, phase_deg=0.0))
    found = session((*steps, paradox), 1)
    start_s = found.body.truth.phases[-1].start_s
    later = [
        event
        for event in found.events
        if isinstance(event, BreathShare) and event.t_s > start_s + 8.0
    ]
    assert found.done is not None
    assert [share.state for share in later[3:]] == ["paradox"] * len(later[3:])
    assert len(later) > 8
