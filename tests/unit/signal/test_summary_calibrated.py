from __future__ import annotations

import dataclasses
import math

import pytest

from biofeedback.core.donning import CalibrationEnded, CalibrationFailed
from biofeedback.core.results import BreathShare
from biofeedback.core.stream import Event
from biofeedback.signal.summary_calibrated import calibrated_summary, why_not_calibrated
from tests.unit.signal.test_separation import calibrated
from tests.unit.signal.test_summary import share

DONE = dataclasses.replace(calibrated(50.0, 2.0), posture="sit")
ENDED = CalibrationEnded(t_s=90.0, decided_s=93.0, arrival_s=93.3, reason="slip", words="")
FAILED = CalibrationFailed(
    t_s=50.0, decided_s=50.0, arrival_s=50.3, problems=("disagree",), words="They disagree."
)


def shares(n: int = 12) -> list[BreathShare]:
    return [
        dataclasses.replace(
            share(number, 0.5),
            belly_share_pct=40.0 + number,
            belly_share_se_pct=2.5,
            phase_relation_pct=5.0,
            labored_breathing_index=1.02,
        )
        for number in range(n)
    ]


def test_shares_are_medians_with_their_error_and_spread() -> None:
    found = calibrated_summary([DONE, *shares(), share(30, 0.5)])
    assert found["belly_share_breaths"] == 12
    assert found["belly_share_pct"] == 45.5
    assert found["belly_share_se_pct"] == 2.5
    assert found["belly_share_iqr_pct"] == 5.5
    assert found["phase_relation_pct"] == 5.0
    assert found["labored_breathing_index"] == 1.02


def test_a_few_breaths_are_no_share() -> None:
    found = calibrated_summary([DONE, *shares(9)])
    assert found["belly_share_breaths"] == 9
    for name in ("belly_share_pct", "belly_share_se_pct", "belly_share_iqr_pct"):
        value = found[name]
        assert isinstance(value, float)
        assert math.isnan(value)


@pytest.mark.parametrize("later", [(), (ENDED,)])
def test_the_last_calibration_and_its_end_are_told(later: tuple[Event, ...]) -> None:
    found = calibrated_summary([calibrated(10.0, 1.0), DONE, *later])["calibration"]
    assert isinstance(found, dict)
    assert (found["posture"], found["start_s"]) == ("sit", 50.0)
    assert found["volume_ratio"] == pytest.approx(2.0)
    assert found["ln_volume_ratio_se"] == 0.1
    assert found["ended_by"] == ("slip" if later else None)
    assert (found["end_s"] == 90.0) == bool(later)


def test_an_end_before_it_is_none_of_its() -> None:
    early = dataclasses.replace(ENDED, t_s=20.0, decided_s=20.0)
    found = calibrated_summary([early, DONE])["calibration"]
    assert isinstance(found, dict)
    assert found["ended_by"] is None


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "the belts were not calibrated"),
        ([FAILED], "the calibration of the belts was not accepted: They disagree."),
        ([FAILED, DONE, *shares(3)], "fewer than 10 breaths were in step"),
    ],
)
def test_why_there_is_none_is_said(events: list[Event], why: str) -> None:
    assert calibrated_summary(events)["calibration"] is None or len(events) > 1
    said = why_not_calibrated(events)
    assert said is not None
    assert said.startswith(why)


def test_with_ten_breaths_nothing_is_lacking() -> None:
    assert why_not_calibrated([DONE, *shares(10)]) is None
