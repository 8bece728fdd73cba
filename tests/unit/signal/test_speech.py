from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import FloatArray
from biofeedback.signal.speech import speech_confidence
from tests.contract.stage_examples import breathing, breaths

RATE_HZ = 50.0
ROWS = np.linspace(0.0, 1.0, 250)
EVEN = 1.0 - ROWS
PASSIVE = np.exp(-ROWS / 0.3)


def breath(ti_s: float, te_s: float) -> BreathCycle:
    example = next(event for event in breaths(breathing()) if isinstance(event, BreathCycle))
    duty_cycle = ti_s / (ti_s + te_s)
    return dataclasses.replace(example, ti_s=ti_s, te_s=te_s, duty_cycle=duty_cycle)


def test_in_quickly_and_out_evenly_is_spoken() -> None:
    assert speech_confidence(breath(0.6, 5.0), EVEN, RATE_HZ) == 1.0


@pytest.mark.parametrize("expiration", [PASSIVE, np.where(ROWS < 0.3, 1 - ROWS / 0.3, 0.0)])
def test_lungs_that_empty_by_themselves_are_not(expiration: FloatArray) -> None:
    assert speech_confidence(breath(0.6, 5.0), expiration, RATE_HZ) == 0.0


@pytest.mark.parametrize(("ti_s", "te_s"), [(1.6, 2.4), (1.0, 2.9), (3.0, 3.0)])
def test_a_breath_taken_slowly_is_not(ti_s: float, te_s: float) -> None:
    assert speech_confidence(breath(ti_s, te_s), EVEN, RATE_HZ) == 0.0


def test_it_is_surer_the_further_it_is_past_the_limits() -> None:
    found = [speech_confidence(breath(ti_s, 4.0), EVEN, RATE_HZ) for ti_s in (1.3, 1.1, 0.9)]
    assert 0.5 <= found[0] < found[1] < found[2] <= 1.0


@pytest.mark.parametrize("expiration", [np.full(250, np.nan), EVEN[:3], EVEN[::-1]])
def test_what_is_not_known_is_not_called_speech(expiration: FloatArray) -> None:
    assert speech_confidence(breath(0.6, 5.0), expiration, RATE_HZ) == 0.0
