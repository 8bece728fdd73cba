from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.errors import StreamError
from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.imu_breath import ImuBreath
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.turning import AXIS, swaying

RATE_HZ = 50.0
STERNUM, BACK = Role.STERNUM_IMU, Role.BACK_IMU


def at_50_hz(rows: FloatArray) -> FloatArray:
    """Rows of 10 Hz, five times as many."""
    t_s = np.arange(5 * len(rows)) / RATE_HZ
    return np.column_stack([np.interp(t_s, np.arange(len(rows)) / 10, one) for one in rows.T])


def breath(length_s: float, per_min: float = 15.0, size_deg: float = 1.0) -> FloatArray:
    t_s = np.arange(0, length_s, 1 / RATE_HZ)
    return size_deg / 2 * np.sin(2 * np.pi * per_min / 60 * t_s)


def rotation(value_deg: FloatArray, seed: int = 1, axis: FloatArray = AXIS) -> FloatArray:
    noise = np.random.default_rng(seed).normal(0, 0.01, (len(value_deg), 3))
    return value_deg[:, None] * axis + noise


def table(
    parts: dict[Role, FloatArray],
    tilt_ap_deg: FloatArray | None = None,
    motion_mps2: FloatArray | None = None,
    missing: slice = slice(0, 0),
) -> Chunk:
    columns: dict[tuple[str, str], FloatArray] = {}
    for role, rows_deg in parts.items():
        ok = np.ones(len(rows_deg))
        ok[missing] = 0
        for number, axis in enumerate("xyz"):
            values = np.where(ok == 1, rows_deg[:, number], np.nan)
            columns[f"{role.prefix}_rotation_{axis}_deg", "deg"] = values
        columns[f"{role.prefix}_ok", "flag"] = ok
        columns[f"{role.prefix}_reason", "reason"] = np.where(ok == 1, 0, int(Reason.GAP))
    if tilt_ap_deg is not None:
        columns["sternum_tilt_ap_deg", "deg"] = tilt_ap_deg
    if motion_mps2 is not None:
        columns["sternum_motion_mps2", "m/s2"] = motion_mps2
    data = np.column_stack(list(columns.values()))
    t_s = np.arange(len(data)) / RATE_HZ
    info = StreamInfo("table", tuple(Channel(*name) for name in columns), RATE_HZ)
    return Chunk(info, t_s, t_s + 0.1, data)


def run(
    chunk: Chunk, heard: Sequence[Event] = (), reference: Role | None = None
) -> tuple[Chunk, list[BreathingRate]]:
    pipeline = Pipeline([ImuBreath([STERNUM], reference)])
    pipeline.bind(chunk.info)
    done, events = pipeline.process(chunk, heard)
    assert all(isinstance(event, BreathingRate) for event in events)
    return done, [event for event in events if isinstance(event, BreathingRate)]


def command(at_s: float, **arguments: float) -> CommandHeard:
    given = tuple(sorted(arguments.items()))
    return CommandHeard(
        t_s=at_s, decided_s=at_s, arrival_s=at_s, name="breathe_in", arguments=given
    )


def test_a_rate_every_5_s_from_30_s_on() -> None:
    _, events = run(table({STERNUM: rotation(breath(60))}))
    assert [round(event.t_s) for event in events] == [30, 35, 40, 45, 50, 55, 60]
    for event in events:
        assert event.state == "known"
        assert event.rate_per_min == pytest.approx(15, abs=0.2)
        assert event.quality_pct > 90
        assert event.size_deg == pytest.approx(1.0, abs=0.1)
        assert event.t_s - event.start_s == pytest.approx(29.98)
        assert event.arrival_s == pytest.approx(event.t_s + 0.1)
        assert (event.role, event.reference) == ("sternum_imu", "")
        assert event.direction == "unknown"


def test_the_signal_is_the_turn_about_the_axis() -> None:
    truth = breath(60)
    done, _ = run(table({STERNUM: rotation(truth)}))
    signal, ok = done.column("sternum_breath_deg"), done.column("sternum_breath_ok")
    assert not ok[:500].any()
    assert ok[1500:].all()
    rows = slice(1500, 3000)
    along = np.corrcoef(signal[rows], truth[rows])[0, 1]
    assert abs(along) > 0.99
    assert np.ptp(signal[rows]) == pytest.approx(1.0, abs=0.1)
    unclear = done.column("sternum_breath_reason")[:500].astype(int) & int(Reason.UNCLEAR)
    assert unclear.all()


def test_the_mounting_tells_the_sign() -> None:
    truth = breath(60)
    for way in (1.0, -1.0):
        rows = rotation(way * truth)
        done, events = run(table({STERNUM: rows}, tilt_ap_deg=-0.8 * truth))
        assert events[-1].direction == "mounting"
        signal = done.column("sternum_breath_deg")[1500:]
        assert np.corrcoef(signal, truth[1500:])[0, 1] > 0.99


def test_a_guided_breath_outweighs_the_mounting_from_its_row_on() -> None:
    truth = breath(60)
    chunk = table({STERNUM: rotation(truth)}, tilt_ap_deg=0.8 * truth)  # worn upside down
    guide = command(41.2, start_s=39.0, end_s=41.0)
    assert truth[2050] - truth[1950] > 0.9
    done, events = run(chunk, [guide])
    signal = done.column("sternum_breath_deg")
    assert np.corrcoef(signal[1500:2050], truth[1500:2050])[0, 1] < -0.99
    assert np.corrcoef(signal[2070:], truth[2070:])[0, 1] > 0.99
    assert [event.direction for event in events] == ["mounting"] * 3 + ["guided"] * 4
    assert np.abs(np.diff(signal[1500:])).max() < 0.1  # turned over without a step


def test_a_guided_breath_before_the_axis_is_known_is_kept() -> None:
    truth = breath(60)
    _, events = run(table({STERNUM: rotation(truth)}), [command(5.2, start_s=3.0, end_s=5.0)])
    assert {event.direction for event in events} == {"guided"}


def test_a_guided_breath_that_turns_nothing_is_not_believed() -> None:
    truth = breath(60)
    _, events = run(table({STERNUM: rotation(truth)}), [command(41.2, start_s=37.0, end_s=41.0)])
    assert {event.direction for event in events} == {"unknown"}


def test_movement_silences_and_is_named() -> None:
    motion = np.where(np.arange(4500) / RATE_HZ > 40, 0.6, 0.02)
    done, events = run(table({STERNUM: rotation(breath(90))}, motion_mps2=motion))
    states = [event.state for event in events]
    assert states[:3] == ["known"] * 3
    assert states[-4:] == ["moving"] * 4
    assert math.isnan(events[-1].rate_per_min)
    assert events[-1].quality_pct == 0.0
    assert not done.column("sternum_breath_ok")[-500:].any()


def test_the_reference_is_used_where_the_body_moves_and_named() -> None:
    body = at_50_hz(swaying(15.0, length_s=90.0))
    chunk = table({STERNUM: rotation(breath(90)) + 0.9 * body, BACK: body})
    known = [event for event in run(chunk)[1] if event.state == "known"]
    _, events = run(chunk, reference=BACK)
    clear = [event for event in events if event.state == "known"]
    assert len(clear) >= 10
    assert len(known) < len(clear)
    assert {event.reference for event in clear} == {"back_imu"}
    assert all(event.rate_per_min == pytest.approx(15, abs=1) for event in clear)


def test_sway_alone_is_hardly_ever_told_as_a_rate() -> None:
    told, asked = 0, 0
    for seed in range(5):
        sway = at_50_hz(swaying(4.0, seed, length_s=180.0))
        _, events = run(table({STERNUM: sway + rotation(np.zeros(len(sway)))}))
        told += sum(event.state == "known" for event in events)
        asked += len(events)
    assert told <= 0.1 * asked


def test_rows_without_trust_are_nan_and_bridged_in_the_window() -> None:
    chunk = table({STERNUM: rotation(breath(60))}, missing=slice(2000, 2100))
    done, events = run(chunk)
    assert np.isnan(done.column("sternum_breath_deg")[2000:2100]).all()
    assert not done.column("sternum_breath_ok")[2000:2100].any()
    assert (done.column("sternum_breath_reason")[2000:2100] == int(Reason.GAP)).all()
    assert {event.state for event in events} == {"known"}
    _, events = run(table({STERNUM: rotation(breath(60))}, missing=slice(1600, 2300)))
    assert "missing" in {event.state for event in events}


def test_axis_and_sign_outlive_a_break() -> None:
    truth = breath(60)
    chunk = table({STERNUM: rotation(truth)}, tilt_ap_deg=-0.8 * truth)
    first = Pipeline([ImuBreath([STERNUM])])
    first.bind(chunk.info)
    first.process(chunk)
    second = Pipeline([ImuBreath([STERNUM])])
    second.bind(chunk.info, first.kept())
    blind = table({STERNUM: rotation(truth)}, tilt_ap_deg=np.full(len(truth), np.nan))
    done, events = second.process(blind)
    assert np.corrcoef(done.column("sternum_breath_deg"), truth)[0, 1] > 0.99
    assert isinstance(events[0], BreathingRate)
    assert events[0].direction == "mounting"


def test_the_table_must_be_fast_enough() -> None:
    chunk = table({STERNUM: rotation(breath(10))})
    info = StreamInfo("table", chunk.info.channels, 5.0)
    with pytest.raises(StreamError, match=r"5\.0 Hz"):
        ImuBreath([STERNUM]).bind(info)


def test_of_two_sensors_that_differ_the_clearer_is_believed() -> None:
    """Belly and sternum belong to one trunk: both cannot be right."""
    noisy = rotation(breath(90, 24.0, 0.3)) + at_50_hz(swaying(0.8, length_s=90.0))
    parts = {STERNUM: noisy, Role.ABDOMEN_IMU: rotation(breath(90, 12.0, 2.0))}
    chunk = table(parts)
    pipeline = Pipeline([ImuBreath(list(parts))])
    pipeline.bind(chunk.info)
    _, events = pipeline.process(chunk)
    rates = [event for event in events if isinstance(event, BreathingRate)]
    alone = [event.state for event in run(chunk)[1]]
    assert "known" in alone
    belly = [event for event in rates if event.role == "abdomen_imu"]
    assert {event.state for event in belly} == {"known"}
    assert "known" not in {event.state for event in rates if event.role == "sternum_imu"}


def test_slow_breathing_needs_one_window_more() -> None:
    _, events = run(table({STERNUM: rotation(breath(120, 6.0, 2.0))}))
    assert events[-1].state == "known"
    assert events[-1].rate_per_min == pytest.approx(6.0, abs=0.3)


def test_an_announced_exercise_is_not_taken_for_breath() -> None:
    chunk = table({STERNUM: rotation(breath(150.0)), BACK: rotation(0.1 * breath(150.0))})

    def said(at_s: float, name: str) -> CommandHeard:
        return CommandHeard(
            t_s=at_s, decided_s=at_s, arrival_s=at_s, name="task", arguments=(("name", name),)
        )

    heard = [said(62.0, "heel_slide"), said(82.0, "hold")]
    events = run(chunk, heard)[1]
    apart = [event for event in events if event.state == "not_separable"]
    # From the first look after it began until it is 30 s old: the window holds none of it.
    assert [event.t_s for event in apart] == pytest.approx(np.arange(64.98, 110.0, 5.0), abs=0.1)
    assert all(math.isnan(event.rate_per_min) and event.quality_pct == 0.0 for event in apart)
    assert {event.state for event in events if event.t_s < 62.0} == {"known"}
    assert events[-1].state == "known"
    with_back = run(chunk, heard, BACK)[1]
    assert {event.state for event in with_back} == {"known"}
