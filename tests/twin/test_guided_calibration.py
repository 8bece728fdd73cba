"""A simulated person is led through everything in the terminal; what is found is the truth.

A calibration takes its three minutes of a 100 Hz sensor and two belts: the tests share it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from biofeedback.cli.guiding import lead
from biofeedback.core.donning import CalibrationFailed
from biofeedback.core.stream import Event
from biofeedback.session.guide import Guide
from firmware_sim.wearing import Wearing
from tests.twin.guided_person import WORN, Instrument, guided_entries, starts_s


class Session:
    """The person presses Enter when it is time for the next step."""

    def __init__(self) -> None:
        self.instrument = Instrument(guided_entries())
        self.guide = Guide(WORN, "sitting")
        self.said: list[str] = []
        self.events: list[Event] = []
        self._due = starts_s()
        instrument = self.instrument
        lead(
            self.guide,
            lambda: instrument.now_ns,
            instrument.give,
            self._wait,
            self._typed,
            self.said.append,
        )

    def _typed(self) -> str | None:
        step = self.guide.step
        if self.instrument.over:
            return "q"
        ready = step is not None and self.guide.phase == "ready"
        if ready and self.instrument.now_s >= self._due.get(step.name, math.inf):
            del self._due[step.name]
            return ""
        return None

    def _wait(self) -> Sequence[Event]:
        events = self.instrument.advance(0.2)
        self.events += events
        return events


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def test_every_step_is_accepted_at_the_first_try(session: Session) -> None:
    assert session.guide.phase == "over"
    assert all(outcome.well for outcome in session.guide.outcomes.values())
    assert not any(isinstance(event, CalibrationFailed) for event in session.events)
    assert not any(line.startswith("  ○") for line in session.said)


def test_a_hold_of_ten_seconds_is_long_enough(session: Session) -> None:
    assert session.guide.result is not None
    assert session.guide.result.isovolume_swings >= 4
    assert session.guide.result.isovolume_r < -0.9


def test_the_volume_ratio_is_that_of_the_belts(session: Session) -> None:
    result = session.guide.result
    assert result is not None
    assert abs(result.ln_k - math.log(Wearing().volume_ratio)) < 2 * result.ln_k_se
    assert result.posture == "sitting"


def test_sensors_that_are_in_time_are_found_to_be(session: Session) -> None:
    assert [lag.role for lag in session.guide.lags] == ["abdomen_belt", "pelvis_imu"]
    assert all(abs(lag.lag_s) < 0.05 for lag in session.guide.lags)
