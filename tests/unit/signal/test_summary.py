from __future__ import annotations

import json
import math

import numpy as np
import pytest

from biofeedback.core.results import (
    BaselineSet,
    BreathCycle,
    BreathShare,
    Hold,
    Sway,
)
from biofeedback.core.stream import Channel, Chunk, Event, StreamInfo
from biofeedback.signal.summary import breath_rate, circular_mean_deg, summarise, summary_words

WHEN = {"t_s": 1.0, "decided_s": 1.0, "arrival_s": 1.0}


def breath(number: int, ttot_s: float = 4.0, sigh: bool = False) -> BreathCycle:
    onset_s = 4.0 * number
    return BreathCycle(
        **WHEN,
        breath=number,
        onset_s=onset_s,
        peak_s=onset_s + 0.4 * ttot_s,
        end_s=onset_s + ttot_s,
        onset_decided_s=onset_s,
        peak_decided_s=onset_s,
        end_decided_s=onset_s,
        ti_s=0.4 * ttot_s,
        te_s=0.6 * ttot_s,
        ttot_s=ttot_s,
        duty_cycle=0.4,
        amplitude=1.0,
        chest_amplitude=1.0,
        abdomen_amplitude=1.0,
        pause_ee_s=0.2,
        pause_ei_s=0.0,
        source="both",
        sigh=sigh,
        quality=0.9,
        reason=0,
    )


def share(number: int, log_ratio: float, angle_deg: float = 10.0) -> BreathShare:
    return BreathShare(
        **WHEN,
        breath=number,
        log_ratio=log_ratio,
        rib_cage_log_ratio=log_ratio - 0.5,
        rib_cage_log_ratio_se=0.1,
        phase_angle_deg=angle_deg,
        coherence=1.0,
        state="in_step" if abs(angle_deg) < 60 else "out_of_step",
        quality=0.9,
    )


def sway(rms_mps2: float, tilt_rms_deg: float = 0.3) -> Sway:
    numbers = dict.fromkeys(
        (
            "rms_ap_mps2",
            "rms_ml_mps2",
            "mean_distance_mps2",
            "path_mps2",
            "mean_velocity_mps3",
            "ellipse_m2ps4",
            "mean_frequency_hz",
            "jerk_m2ps5",
        ),
        rms_mps2,
    )
    return Sway(
        **WHEN,
        **numbers,
        role="pelvis_imu",
        start_s=0.0,
        rms_mps2=rms_mps2,
        tilt_rms_deg=tilt_rms_deg,
        valid=1.0,
    )


BASELINE = BaselineSet(
    **WHEN, start_s=0.0, end_s=60.0, source="marked", breaths=15, log_ratio=0.5, log_ratio_sd=0.1
)


def table(*prefixes: str) -> Chunk:
    names = [(f"{prefix}_ok", "flag") for prefix in prefixes]
    names += [(f"{prefix}_reason", "reason") for prefix in prefixes]
    t_s = np.arange(1001) / 50.0
    data = np.concatenate([np.ones((1001, len(prefixes))), np.zeros((1001, len(prefixes)))], axis=1)
    return Chunk(StreamInfo("table", tuple(Channel(*n) for n in names), 50.0), t_s, t_s, data)


def summary(*events: Event, prefixes: tuple[str, ...] = ("chest", "abdomen")) -> dict[str, object]:
    breaths = [event for event in events if isinstance(event, BreathCycle)]
    made = summarise(table(*prefixes), events, breaths, [])
    json.dumps(made, allow_nan=False)
    return made


def part(made: dict[str, object], name: str) -> dict[str, object]:
    value = made[name]
    assert isinstance(value, dict)
    return value


def test_rate_is_60_over_the_median_and_holds_are_left_out() -> None:
    breaths = [breath(number) for number in range(10)]
    breaths[4] = breath(4, ttot_s=14.0, sigh=True)
    hold = Hold(**WHEN, state="ended", start_s=18.0, duration_s=9.0)
    found = part(summary(*breaths, hold), "breathing")
    assert found["breath_rate_per_min"] == 15.0
    assert found["breaths"] == 10
    assert found["breaths_without_hold"] == 7
    assert found["sighs"] == 1
    assert found["holds"] == [{"start_s": 18.0, "duration_s": 9.0}]
    assert found["ti_s"] == pytest.approx(1.6)


def test_rate_needs_two_breaths_and_has_an_error() -> None:
    assert math.isnan(breath_rate([breath(0)])[0])
    rate, error = breath_rate([breath(n, 4.0 + 0.2 * (n % 3)) for n in range(30)])
    assert rate == pytest.approx(60 / 4.2)
    assert error == pytest.approx(60 / 4.2**2 * 1.2533 * 1.4826 * 0.2 / math.sqrt(30))


def test_circular_mean_wraps() -> None:
    mean_deg, length = circular_mean_deg(np.array([170.0, -170.0, np.nan]))
    assert abs(mean_deg) == pytest.approx(180.0)
    assert length == pytest.approx(math.cos(math.radians(10)))
    assert math.isnan(circular_mean_deg(np.array([np.nan]))[0])


def test_share_is_told_at_both_ends_against_the_baseline() -> None:
    shares = [share(n, 0.5 if n < 20 else -0.2) for n in range(40)]
    found = part(summary(BASELINE, *shares, share(40, 9.0, 100.0)), "share")
    assert found["log_ratio_first_third"] == 0.5
    assert found["log_ratio_last_third"] == -0.2
    assert found["rib_cage_log_ratio_last_third"] == pytest.approx(-0.7)
    assert (found["in_step"], found["out_of_step"]) == (40, 1)
    baseline = found["baseline"]
    assert isinstance(baseline, dict)
    assert baseline["source"] == "marked"


def test_sway_is_the_median_over_windows_that_could_be_measured() -> None:
    found = part(
        summary(sway(0.1), sway(0.3), sway(0.2), sway(math.nan, math.nan), prefixes=("pelvis",)),
        "sway",
    )
    assert found["rms_mps2"] == pytest.approx(0.2)
    assert found["windows"] == 3


@pytest.mark.parametrize(
    ("prefixes", "events", "section", "words"),
    [
        (("pelvis",), (), "breathing", "neither a belt nor"),
        (("abdomen_imu",), (), "breathing", "fewer than two breaths"),
        (("chest",), (), "breathing", "fewer than two breaths"),
        (("chest",), (), "share", "needs a belt on the chest"),
        (("chest", "abdomen"), (), "share", "no breath was measured"),
        (("chest", "abdomen"), (share(0, 0.5),), "share", "no baseline"),
        (("chest", "abdomen"), (BASELINE, share(0, 0.5)), "share", "fewer than ten"),
        (("chest",), (), "sway", "no motion sensor"),
        (("pelvis",), (), "sway", "not trusted for 30 s"),
        (("pelvis",), (sway(math.nan),), "sway", "no acceleration"),
    ],
)
def test_what_is_unknown_says_why(
    prefixes: tuple[str, ...], events: tuple[Event, ...], section: str, words: str
) -> None:
    reason = part(summary(*events, prefixes=prefixes), "unknown")[section]
    assert isinstance(reason, str)
    assert words in reason


def test_nothing_else_is_unknown_when_all_is_there() -> None:
    events = [
        *(breath(n) for n in range(12)),
        BASELINE,
        *(share(n, 0.5) for n in range(12)),
        sway(0.1),
    ]
    made = summary(*events, prefixes=("chest", "abdomen", "pelvis"))
    assert made["unknown"] == {"belly_share": "the belts were not calibrated"}


def test_an_empty_session_is_a_summary_too() -> None:
    info = StreamInfo("table", (), 50.0)
    made = summarise(Chunk(info, np.empty(0), np.empty(0), np.empty((0, 0))), [], [], [])
    assert made["duration_s"] == 0.0
    assert "unknown" in summary_words(made)


def test_words_say_the_main_numbers() -> None:
    words = summary_words(summary(*(breath(n) for n in range(12)), share(0, 0.5)))
    assert "12, 15.00 per min" in words
    assert "phase      +10.0 °" in words
    assert "chest_belt    trusted 100.0 %" in words
