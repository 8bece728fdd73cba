"""Beats of a body through a plain strap and its decoder."""

from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.ports import Refused
from biofeedback.drivers.protocols.heart_rate import HeartRate
from firmware_sim.heart_rate import HeartRateStrap
from firmware_sim.scenarios import scenario
from tests.twin.talk import Talk, talk, what_is_read

SECONDS = 60
BODY = scenario("coached", SECONDS, 1)


def spoken(strap: HeartRateStrap, seconds: float = SECONDS) -> Talk:
    return talk(HeartRate(), strap, seconds, what_is_read("heart_rate", strap))


def intervals_s(told: Talk) -> np.ndarray:
    rr_s = told.values("heart")[:, 1]
    return rr_s[np.isfinite(rr_s)]


@pytest.mark.parametrize("options", [{}, {"wide": True, "energy": True}, {"tells_contact": False}])
def test_intervals_are_those_of_the_heart(options: dict) -> None:
    told = spoken(HeartRateStrap(BODY, **options))
    assert told.garbage == []
    assert told.ready.info.serial == "000123"
    rr_s = intervals_s(told)
    beats_s = BODY.truth.beats_s
    assert len(rr_s) >= len(beats_s) - 3
    np.testing.assert_allclose(np.cumsum(rr_s), (beats_s[1:] - beats_s[0])[: len(rr_s)], atol=0.001)


def test_beats_are_placed_by_their_intervals() -> None:
    told = spoken(HeartRateStrap(BODY))
    since_s = told.device_s("heart")
    beats_s = BODY.truth.beats_s
    placed_s = since_s - since_s[0]
    expected_s = beats_s[: len(placed_s)] - beats_s[0]
    shift_s = np.median(placed_s - expected_s)
    assert np.abs(placed_s - expected_s - shift_s).max() < 1.2


def test_the_rate_is_that_of_the_heart() -> None:
    told = spoken(HeartRateStrap(BODY))
    rates = told.values("heart")[:, 0]
    assert np.nanmean(rates) == pytest.approx(60.0 / np.diff(BODY.truth.beats_s).mean(), abs=1.0)


def test_a_strap_without_intervals_gives_the_rate_alone() -> None:
    told = spoken(HeartRateStrap(BODY, tells_rr=False))
    heart = told.values("heart")
    assert len(heart) >= 50
    assert np.isnan(heart[:, 1]).all()
    assert np.isfinite(heart[5:, 0]).all()


def test_taken_off_and_put_on_again_is_told() -> None:
    told = spoken(HeartRateStrap(BODY, off_s=(20.0, 35.0)))
    assert told.told("contact") == [1.0, 0.0, 1.0]
    assert intervals_s(told).max() < 1.5
    assert not told.of(Refused)
