"""What a report says, from a session whose truth is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biofeedback.core.stream import Chunk, StreamInfo
from biofeedback.report.model import build_report
from biofeedback.session.offline import Analysis
from biofeedback.signal.summary import breath_rate, circular_mean_deg
from tests.unit.report.made import made_session


def test_a_quiet_session_is_told_in_numbers() -> None:
    model = build_report(made_session(rate_per_min=15.0, abdomen_leads_s=0.2))
    labels = {figure.label: figure for figure in model.figures}
    assert float(labels["Breaths per minute"].value) == pytest.approx(15.0, abs=0.1)
    assert labels["Phase angle"].value == "+18°"
    assert labels["Phase angle"].note == "belly leads"
    assert all(sensor.quality == "good" for sensor in model.sensors)


def test_periods_cover_the_session_without_overlap() -> None:
    model = build_report(made_session())
    assert len(model.periods) == 5
    for one, next_ in zip(model.periods, model.periods[1:], strict=False):
        assert one.end_s == next_.start_s


def test_a_gap_is_named_with_its_reason() -> None:
    model = build_report(made_session(abdomen_gap_s=(60.0, 75.0)))
    (gap,) = [gap for gap in model.gaps if gap.site == "abdomen"]
    assert gap.reason == "no data"
    assert gap.end_s - gap.start_s == pytest.approx(15.0, abs=1.5)
    assert any("abdomen" in sentence for sentence in model.sentences)


def test_one_belt_says_what_is_left_out() -> None:
    model = build_report(made_session(abdomen=False))
    assert any("needs a belt on each" in words for words in model.missing)
    assert all("Belly" not in figure.label for figure in model.figures)


def test_nothing_recorded_is_said_and_does_not_fail() -> None:
    empty = Chunk(StreamInfo("table", (), 50.0), np.empty(0), np.empty(0), np.empty((0, 0)))
    model = build_report(Analysis(empty, (), (), (), ()))
    assert model.figures[0].value == "unknown"
    assert "Too few breaths" in model.sentences[0]
    assert model.periods == ()


def test_rate_of_one_breath_is_not_known() -> None:
    rate, se = breath_rate(made_session().breaths[:1])
    assert np.isnan(rate)
    assert np.isnan(se)


def test_circular_mean_crosses_the_half_turn() -> None:
    mean_deg, length = circular_mean_deg(np.array([170.0, -170.0, np.nan]))
    assert abs(mean_deg) == pytest.approx(180.0)
    assert length == pytest.approx(np.cos(np.deg2rad(10.0)))


def test_every_sensor_says_what_became_of_its_samples_and_its_clock() -> None:
    session = made_session()
    (link,) = session.links
    chest, abdomen = link.streams
    chest = dataclasses.replace(
        chest,
        received=990,
        lost=10,
        repaired=8.0,
        duplicates=3,
        rate_hz=10.02,
        jitter_s=0.012,
        clock_se_s=0.0014,
        lag_s=0.04,
    )
    told = dataclasses.replace(link, streams=(chest, abdomen), battery_pct=71.0, rssi_dbm=-60.0)
    first, second = build_report(dataclasses.replace(session, links=(told,))).sensors
    assert first.lost_pct == pytest.approx(1.0)
    assert first.samples == "990 of 1000, 8 of 10 lost ones bridged, 3 came twice"
    assert first.clock == "10.02 Hz, jitter 12 ms, ± 1.4 ms, lag +40 ms taken off"
    assert first.power == "battery 71 %, radio −60 dBm"
    assert second.samples == "3750 of 3750"
    assert second.clock == ""
