from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from biofeedback.core.donning import BeltsChanged, CalibrationDone, CalibrationEnded
from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, CommandHeard
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.separation import Separation, log_ratio
from biofeedback.signal.spread import robust_sd
from biofeedback.signal.stage import Pipeline

RATE_HZ = 50.0
PERIOD_S = 4.0
NAMES = ("chest_excursion", "chest_ok", "abdomen_excursion", "abdomen_ok")
INFO = StreamInfo(
    "table",
    tuple(Channel(name, "flag" if name.endswith("_ok") else "N") for name in NAMES),
    RATE_HZ,
)


def table(
    chest: FloatArray | float, phase_deg: FloatArray | float = 0.0, n_breaths: int = 40
) -> Chunk:
    """Breaths of 4 s from time 0: the chest as given, the abdomen 1; both in steady sines."""
    t_s = np.arange(0, n_breaths * PERIOD_S + 2, 1 / RATE_HZ)
    breath = np.minimum((t_s / PERIOD_S).astype(int), n_breaths - 1)
    size = np.broadcast_to(chest, n_breaths)[breath]
    lag = np.deg2rad(np.broadcast_to(phase_deg, n_breaths)[breath])
    turn = 2 * np.pi * t_s / PERIOD_S
    one = np.ones_like(t_s)
    data = np.column_stack([-size * np.cos(turn - lag) / 2, one, -np.cos(turn) / 2, one])
    return Chunk(INFO, t_s, t_s + 0.3, data)


def breaths(chest: FloatArray | float, n_breaths: int = 40, **changed: object) -> list[Event]:
    """The same breaths as the breath stage tells them, 0.5 s after their end."""
    found: list[Event] = []
    for number, size in enumerate(np.broadcast_to(chest, n_breaths).tolist()):
        onset_s = number * PERIOD_S
        end_s, decided_s = onset_s + PERIOD_S, onset_s + PERIOD_S + 0.5
        fields = {
            "t_s": end_s,
            "decided_s": decided_s,
            "arrival_s": decided_s + 0.3,
            "breath": number,
            "onset_s": onset_s,
            "peak_s": onset_s + 2.0,
            "end_s": end_s,
            "onset_decided_s": onset_s + 0.5,
            "peak_decided_s": onset_s + 2.5,
            "end_decided_s": decided_s,
            "ti_s": 2.0,
            "te_s": 2.0,
            "ttot_s": PERIOD_S,
            "duty_cycle": 0.5,
            "amplitude": 1.0,
            "chest_amplitude": size,
            "abdomen_amplitude": 1.0,
            "pause_ee_s": 0.0,
            "pause_ei_s": 0.0,
            "source": "both",
            "sigh": False,
            "quality": 0.9,
            "reason": 0,
        }
        found.append(BreathCycle(**(fields | changed)))  # type: ignore[arg-type]
    return found


def baseline(at_s: float, **arguments: float) -> CommandHeard:
    return CommandHeard(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s,
        name="baseline",
        arguments=tuple(sorted(arguments.items())),
    )


def run(chunk: Chunk, heard: list[Event]) -> tuple[Chunk, list[BreathShare], list[BaselineSet]]:
    pipeline = Pipeline([Separation()])
    pipeline.bind(chunk.info)
    inside = [event for event in heard if event.decided_s <= chunk.t_s[-1]]
    done, events = pipeline.process(chunk, sorted(inside, key=lambda event: event.decided_s))
    return (
        done,
        [event for event in events if isinstance(event, BreathShare)],
        [event for event in events if isinstance(event, BaselineSet)],
    )


def test_log_ratio_is_antisymmetric_and_signed() -> None:
    assert log_ratio(2.0, 1.0) == pytest.approx(math.log(2))
    assert log_ratio(1.0, 2.0) == -log_ratio(2.0, 1.0)
    for amplitudes in ((-1.0, 1.0), (1.0, 0.0), (math.nan, 1.0)):
        assert math.isnan(log_ratio(*amplitudes))


def test_share_moves_by_the_log_of_the_change_whatever_the_gain() -> None:
    """The change of the log-odds of the rib-cage share, with a slope of one."""
    chest = np.repeat([0.5, 1.5], 20)
    for gain in (1.0, 7.0):
        _, shares, _ = run(table(gain * chest), breaths(gain * chest))
        assert shares[-1].rib_cage_log_ratio == pytest.approx(math.log(3.0))
        assert shares[0].log_ratio == pytest.approx(math.log(gain * 0.5))
        assert math.isnan(shares[0].rib_cage_log_ratio)


def test_the_first_good_minute_is_the_baseline() -> None:
    done, shares, baselines = run(table(1.0), breaths(1.0))
    assert [(b.source, b.breaths, b.start_s, b.end_s) for b in baselines] == [
        ("first_good_minute", 15, 0.0, 60.0)
    ]
    assert baselines[0].decided_s == 60.5
    assert baselines[0].arrival_s == 60.8
    column = done.column("rib_cage_log_ratio")
    assert np.isnan(column[done.t_s < 60.5]).all()
    assert column[done.t_s >= 60.5] == pytest.approx(0.0, abs=1e-12)
    assert shares[14].rib_cage_log_ratio == 0.0


def test_a_marked_baseline_wins_and_is_the_minute_before() -> None:
    chest = np.repeat([0.5, 1.5], 20)
    _, shares, baselines = run(table(chest), [*breaths(chest), baseline(145.0)])
    assert [(b.source, b.breaths, b.start_s, b.end_s) for b in baselines][-1] == (
        "marked",
        14,
        88.0,
        144.0,
    )
    assert shares[-1].rib_cage_log_ratio == pytest.approx(0.0, abs=1e-12)


def test_a_marked_interval_that_is_still_to_come_is_waited_for() -> None:
    command = baseline(10.0, start_s=20.0, end_s=45.0)
    _, _, baselines = run(table(1.0), [*breaths(1.0), command])
    assert [(b.start_s, b.end_s, b.breaths, b.decided_s) for b in baselines] == [
        (20.0, 44.0, 6, 48.5)
    ]


def test_a_marked_interval_with_too_few_breaths_is_prolonged_to_five() -> None:
    _, _, baselines = run(table(1.0), [*breaths(1.0), baseline(9.0, start_s=0.0, end_s=9.0)])
    assert [(b.source, b.breaths, b.end_s) for b in baselines] == [("marked", 5, 20.0)]


def test_its_error_is_that_of_a_breath_and_of_the_median() -> None:
    chest = np.exp(np.random.default_rng(0).normal(0, 0.2, 40))
    _, shares, baselines = run(table(chest), breaths(chest))
    sd = baselines[0].log_ratio_sd
    first = np.log(chest[: baselines[0].breaths])
    assert sd == pytest.approx(robust_sd(first))
    assert shares[-1].rib_cage_log_ratio_se == pytest.approx(
        sd * math.sqrt(1 + 1.2533**2 / baselines[0].breaths)
    )


@pytest.mark.parametrize("changed", [{"quality": 0.3}, {"sigh": True}])
def test_poor_breaths_and_sighs_are_no_baseline(changed: dict[str, object]) -> None:
    assert run(table(1.0), breaths(1.0, **changed))[2] == []


@pytest.mark.parametrize(
    ("phase_deg", "chest_amplitude", "state"),
    [
        (20.0, 1.0, "in_step"),
        (-59.0, 1.0, "in_step"),
        (61.0, 0.5, "out_of_step"),
        (-120.0, 0.2, "out_of_step"),
        (140.0, 0.2, "paradox"),
        (0.0, -1.0, "paradox"),
    ],
)
def test_state_by_angle_and_sign(phase_deg: float, chest_amplitude: float, state: str) -> None:
    _, shares, baselines = run(table(1.0, phase_deg), breaths(chest_amplitude))
    assert shares[-1].state == state
    assert shares[-1].phase_angle_deg == pytest.approx(phase_deg, abs=0.1)
    assert bool(baselines) == (state == "in_step")
    assert math.isnan(shares[-1].rib_cage_log_ratio) == (state != "in_step")


def test_paradox_is_called_with_the_third_breath_of_five() -> None:
    phase = np.array([0.0] * 10 + [170.0] * 10)
    _, shares, _ = run(table(1.0, phase, 20), breaths(1.0, 20))
    assert [share.state for share in shares[9:14]] == [
        "in_step",
        "out_of_step",
        "out_of_step",
        "paradox",
        "paradox",
    ]


def test_coherence_is_low_where_angles_scatter() -> None:
    phase = np.array([0.0] * 10 + [0.0, 144.0, -72.0, 72.0, -144.0])
    _, shares, _ = run(table(1.0, phase, 15), breaths(1.0, 15))
    assert shares[9].coherence == pytest.approx(1.0)
    assert shares[14].coherence < 0.1


def test_a_belt_that_is_not_trusted_tells_nothing() -> None:
    chunk = table(1.0)
    data = chunk.data.copy()
    late = (chunk.t_s > 100) & (chunk.t_s < 130)
    data[late, 3] = 0.0
    chunk = Chunk(chunk.info, chunk.t_s, chunk.arrival_s, data)
    done, shares, _ = run(chunk, breaths(1.0))
    assert {share.state for share in shares[26:31]} == {"unknown"}
    assert {share.quality for share in shares[26:31]} == {0.0}
    for name in ("rib_cage_log_ratio", "phase_angle_deg"):
        assert np.isnan(done.column(name)[late]).all()
    assert shares[-1].state == "in_step"


def test_a_short_hole_is_bridged() -> None:
    chunk = table(1.0, 30.0)
    data = chunk.data.copy()
    data[(chunk.t_s > 101) & (chunk.t_s < 101.3), 0] = np.nan
    _, shares, _ = run(Chunk(chunk.info, chunk.t_s, chunk.arrival_s, data), breaths(1.0))
    assert shares[25].phase_angle_deg == pytest.approx(30.0, abs=0.5)


def test_a_breath_at_a_rail_has_no_ratio_but_an_angle() -> None:
    _, shares, baselines = run(table(1.0, 30.0), breaths(1.0, reason=int(Reason.SATURATED)))
    assert math.isnan(shares[-1].log_ratio)
    assert shares[-1].phase_angle_deg == pytest.approx(30.0, abs=0.1)
    assert baselines == []


def test_a_breath_by_clocks_that_are_not_known_has_a_ratio_but_no_angle() -> None:
    _, shares, _ = run(table(1.0), breaths(1.0, reason=int(Reason.STALE_CLOCK)))
    assert shares[-1].log_ratio == pytest.approx(0.0)
    assert math.isnan(shares[-1].phase_angle_deg)
    assert shares[-1].state == "unknown"


def calibrated(at_s: float, ratio: float, error: float = 0.1) -> CalibrationDone:
    return CalibrationDone(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s,
        ln_k=math.log(ratio),
        ln_k_se=error,
        ln_k_isovolume=math.log(ratio),
        ln_k_isovolume_se=error,
        ln_k_preferential=math.log(ratio),
        ln_k_preferential_se=error,
        isovolume_r=-1.0,
        isovolume_residual=0.0,
        isovolume_swings=5,
        posture="",
        resumed=False,
        words="",
    )


def changed(at_s: float, reason: Literal["slip", "posture"], posture: int = 0) -> BeltsChanged:
    return BeltsChanged(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s,
        reason=reason,
        role="",
        posture=posture,
        words="",
    )


def ended(at_s: float) -> CalibrationEnded:
    return CalibrationEnded(t_s=at_s, decided_s=at_s, arrival_s=at_s, reason="slip", words="")


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_a_share_is_told_from_calibration_to_its_end(ratio: float) -> None:
    done, shares, _ = run(
        table(1.0 / ratio), [*breaths(1.0), calibrated(50.0, ratio), ended(100.0)]
    )
    known = [share.breath for share in shares if not math.isnan(share.belly_share_pct)]
    assert known == list(range(12, 24))
    assert shares[20].belly_share_pct == pytest.approx(50.0, abs=0.01)
    assert shares[20].belly_share_se_pct == pytest.approx(2.5, abs=0.1)
    assert shares[20].labored_breathing_index == pytest.approx(1.0, abs=0.001)
    assert math.isnan(shares[20].belly_range_share_pct)
    for name, value in (("belly_share_pct", 50.0), ("belly_share_se_pct", 2.5)):
        column = done.column(name)
        told = (done.t_s >= 52.5) & (done.t_s < 100.0)
        assert column[told] == pytest.approx(value, abs=0.1)
        assert np.isnan(column[done.t_s < 52.5]).all()
        assert np.isnan(column[done.t_s >= 100.5]).all()


def test_out_of_step_only_the_own_ranges_are_shared_out() -> None:
    _, shares, _ = run(table(1.0, 90.0), [*breaths(1.0), calibrated(0.0, 1.0)])
    assert shares[-1].state == "out_of_step"
    assert math.isnan(shares[-1].belly_share_pct)
    assert math.isnan(shares[-1].belly_share_se_pct)
    assert shares[-1].belly_range_share_pct == pytest.approx(50.0, abs=1.0)
    assert shares[-1].labored_breathing_index == pytest.approx(math.sqrt(2), abs=0.01)
    assert shares[-1].phase_relation_pct == pytest.approx(50.0, abs=1.0)


def test_a_breath_at_a_rail_is_not_shared_out() -> None:
    heard = [*breaths(1.0, reason=int(Reason.SATURATED)), calibrated(0.0, 1.0)]
    assert math.isnan(run(table(1.0), heard)[1][-1].belly_share_pct)


def test_a_belt_that_slips_ends_the_baseline_and_a_new_minute_sets_another() -> None:
    chest = np.repeat([0.5, 1.5], [18, 22])
    _, shares, baselines = run(table(chest), [*breaths(chest), changed(72.6, "slip")])
    assert [b.breaths for b in baselines] == [15, 15]
    assert not math.isnan(shares[16].rib_cage_log_ratio)
    assert math.isnan(shares[18].rib_cage_log_ratio)
    assert shares[-1].rib_cage_log_ratio == pytest.approx(0.0, abs=1e-9)


def test_each_posture_has_its_baseline() -> None:
    heard = [*breaths(1.0), changed(80.0, "posture", 1), changed(100.0, "posture", 0)]
    _, shares, baselines = run(table(1.0), heard)
    assert len(baselines) == 1
    told = [share.breath for share in shares if not math.isnan(share.rib_cage_log_ratio)]
    assert told == [*range(14, 19), *range(24, 40)]


def test_a_breath_longer_than_what_is_kept_is_unknown_however_it_is_cut() -> None:
    chunk = table(1.0)
    last = breaths(1.0)[-2]
    assert isinstance(last, BreathCycle)
    heard: list[Event] = breaths(1.0, 1, decided_s=last.decided_s, end_s=last.end_s)
    pipeline = Pipeline([Separation()])
    pipeline.bind(chunk.info)
    events = [
        e for begin in range(0, len(chunk), 100) for e in pieces(pipeline, chunk, begin, heard)
    ]
    whole = run(chunk, heard)[1]
    assert [repr(event) for event in whole] == [repr(event) for event in events]
    assert whole[0].state == "unknown"


def pieces(pipeline: Pipeline, chunk: Chunk, begin: int, heard: list[Event]) -> list[Event]:
    part = chunk.rows(begin, min(begin + 100, len(chunk)))
    inside = [event for event in heard if part.t_s[0] <= event.decided_s <= part.t_s[-1]]
    return pipeline.process(part, inside)[1]


def test_the_error_of_an_angle_grows_with_that_of_the_clocks() -> None:
    chunk = table(30.0)
    heard = breaths(1.0, 6)
    plain = run(chunk, heard)[1]
    names = tuple(Channel(f"{site}_clock_se_s", "s") for site in ("chest", "abdomen"))
    info = StreamInfo("table", chunk.info.channels + names, RATE_HZ)
    data = np.hstack([chunk.data, np.tile([0.012, 0.016], (len(chunk), 1))])
    shares = run(Chunk(info, chunk.t_s, chunk.arrival_s, data), heard)[1]
    assert len(shares) == len(plain) > 3
    for share, without in zip(shares, plain, strict=True):
        assert 0.0 <= without.phase_angle_se_deg < 1.0
        assert share.phase_angle_se_deg == pytest.approx(
            math.hypot(without.phase_angle_se_deg, 360.0 * 0.02 / PERIOD_S)
        )
