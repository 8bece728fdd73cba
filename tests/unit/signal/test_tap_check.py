"""A check asked for on the table: when it answers, what it says, and when it cannot."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.results import CommandHeard, TapAlignment
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.tap_check import WATCHED_S, TapCheck

RATE_HZ = 50.0
ACC = tuple(f"pelvis_acc_{axis}_mps2" for axis in ("ap", "ml", "up"))
UNITS = {"excursion": "N", "mps2": "m/s2", "s": "s"}


def jolts(t_s: FloatArray, at_s: tuple[float, ...]) -> FloatArray:
    """Squeezes of a cough, 1.6 s each, up to 1."""
    total = np.zeros(len(t_s))
    for start_s in at_s:
        part = np.clip((t_s - start_s) / 1.6, 0.0, 1.0)
        total += np.sin(np.pi * part) ** 2 * np.sin(2 * np.pi * 1.25 * (t_s - start_s)) ** 4
    return total


def table(*names: str, lag_s: float = 0.0, at_s: tuple[float, ...] = (4.0, 7.0)) -> Chunk:
    """Twenty seconds of breathing; the first sensor feels jolts, the others `lag_s` later."""
    random = np.random.default_rng(4)
    t_s = np.arange(1000) / RATE_HZ
    columns = []
    for name in names:
        late_s = 0.0 if name.startswith(names[0].split("_")[0]) else lag_s
        values = np.sin(2 * np.pi * 0.25 * (t_s - late_s)) - 2.0 * jolts(t_s - late_s, at_s)
        columns.append(values + random.normal(0, 0.01, len(t_s)))
    channels = tuple(Channel(name, UNITS[name.rsplit("_", 1)[1]]) for name in names)
    info = StreamInfo("table", channels, RATE_HZ)
    return Chunk(info, t_s, t_s + 0.3, np.column_stack(columns))


def asked(at_s: float) -> CommandHeard:
    return CommandHeard(t_s=at_s, decided_s=at_s, arrival_s=at_s, name="tap_check")


def answers(chunk: Chunk, *heard: Event) -> list[TapAlignment]:
    pipeline = Pipeline([TapCheck()])
    assert pipeline.bind(chunk.info).names == chunk.info.names
    rows, events = pipeline.process(chunk, heard)
    assert rows.data.tobytes() == chunk.data.tobytes()
    return [event for event in events if isinstance(event, TapAlignment)]


def test_nothing_is_said_unasked() -> None:
    assert answers(table("chest_excursion", "abdomen_excursion")) == []


@pytest.mark.parametrize("lag_s", [-0.1, 0.0, 0.25])
def test_the_lag_is_told_when_ten_seconds_are_over(lag_s: float) -> None:
    chunk = table("chest_excursion", "abdomen_excursion", lag_s=lag_s)
    (answer,) = answers(chunk, asked(1.0))
    assert (answer.reference, answer.role) == ("chest_belt", "abdomen_belt")
    assert answer.decided_s == 1.0 + WATCHED_S
    assert answer.arrival_s == pytest.approx(answer.decided_s + 0.3)
    assert answer.lag_s == pytest.approx(lag_s, abs=5e-3)
    assert answer.jolts == 2
    assert 0.0 < answer.lag_se_s < 0.03
    assert answer.reason == ""


def test_every_other_sensor_is_compared_with_the_first() -> None:
    chunk = table("chest_excursion", "abdomen_excursion", *ACC, lag_s=0.1)
    found = answers(chunk, asked(1.0))
    assert [answer.role for answer in found] == ["abdomen_belt", "pelvis_imu"]
    assert found[1].lag_s == pytest.approx(0.1, abs=2 * found[1].lag_se_s)
    assert found[1].lag_se_s > found[0].lag_se_s


def test_clocks_that_are_not_known_well_make_it_less_sure() -> None:
    chunk = table("chest_excursion", "abdomen_excursion", "abdomen_clock_se_s")
    for clock_se_s, least_s, most_s in ((0.05, 0.05, 0.06), (math.nan, 0.0, 0.03)):
        data = chunk.data.copy()
        data[:, 2] = clock_se_s
        (answer,) = answers(dataclasses.replace(chunk, data=data), asked(1.0))
        assert least_s < answer.lag_se_s < most_s


def test_without_a_common_jolt_it_says_so() -> None:
    (answer,) = answers(table("chest_excursion", "abdomen_excursion", at_s=()), asked(1.0))
    assert math.isnan(answer.lag_s)
    assert answer.jolts == 0
    assert "the chest belt felt no jolt" in answer.reason


def test_asked_twice_it_starts_anew() -> None:
    chunk = table("chest_excursion", "abdomen_excursion", at_s=(7.0,))
    (answer,) = answers(chunk, asked(1.0), asked(5.0))
    assert answer.decided_s == 5.0 + WATCHED_S
    assert answer.jolts == 1


def test_a_pause_ends_it_with_a_reason() -> None:
    chunk = table("chest_excursion", "abdomen_excursion")
    pipeline = Pipeline([TapCheck()])
    pipeline.bind(chunk.info)
    pipeline.process(chunk.rows(0, 300), [asked(1.0)])
    later = Chunk(chunk.info, chunk.t_s + 60, chunk.arrival_s + 60, chunk.data, 1)
    _, events = pipeline.process(later)
    (answer,) = events
    assert isinstance(answer, TapAlignment)
    assert answer.decided_s == 60.0
    assert "paused" in answer.reason


@pytest.mark.parametrize("names", [("chest_excursion",), ("chest_clock_se_s",)])
def test_one_sensor_alone_cannot_be_compared(names: tuple[str, ...]) -> None:
    (answer,) = answers(table(*names), asked(1.0))
    assert "takes two sensors" in answer.reason
