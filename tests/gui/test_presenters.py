"""What is read: numbers in words with their quality."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.states import Quality
from biofeedback.session.live import Live
from biofeedback.session.review import Review
from biofeedback.session.snapshot import Snapshot
from tests.gui.made import made_live
from tests.unit.session.tasked import alerted, announced, toned


def test_a_good_session_has_good_numbers(live: Live) -> None:
    readout = present_readout(live)
    assert readout.rate.text == "15.0"
    assert readout.rate.quality.word == "good"
    assert readout.step.text == "+9"
    assert readout.share.text.startswith("×1.0")
    assert abs(readout.gauge.position) < 0.1
    assert readout.banner is None


def test_the_loop_holds_the_last_breaths_of_both_belts(live: Live) -> None:
    loop = present_readout(live).loop
    assert len(loop.loops) == 6
    abdomen, chest = loop.loops[-1]
    assert abdomen.max() - abdomen.min() == pytest.approx(3.0, abs=0.15)
    assert chest.max() - chest.min() == pytest.approx(2.0, abs=0.1)
    assert loop.held == ""
    assert loop.phase == "+9°"


def test_a_spoken_breath_and_a_slipped_belt_make_numbers_doubtful() -> None:
    live = made_live()
    show_reason(live, Reason.SPEECH)
    readout = present_readout(live)
    assert readout.rate.quality == Quality("doubtful", "speaking")
    assert readout.step.quality == Quality("doubtful", "speaking")
    show_reason(live, Reason.SLIP)
    readout = present_readout(live)
    assert readout.rate.quality.word == "good"
    assert readout.step.quality == Quality("doubtful", "belt moved")


def show_reason(live: Live, reason: Reason) -> None:
    info = StreamInfo("table", (Channel("breath_reason", "reason"),), 50.0)
    at_s = np.array([live.now_s])
    rows = Chunk(info, at_s, at_s, np.array([[float(reason)]]))
    live.update_snapshot(Snapshot(live.now_s, {}, (rows,), (), live.links))


def test_one_belt_leaves_the_share_unknown_and_says_why() -> None:
    readout = present_readout(made_live(abdomen=False))
    assert readout.share.text == "unknown"
    assert "no abdomen belt" in readout.share.quality.reason
    assert math.isnan(readout.gauge.position)
    assert readout.rate.quality.word == "good"


def test_a_lost_kit_is_a_banner_and_unknown_numbers() -> None:
    readout = present_readout(made_live(lost=True))
    assert readout.banner is not None
    assert "lost" in readout.banner.title
    assert readout.rate.text == "unknown"
    assert readout.loop.held
    assert len(readout.loop.loops) == 6


def test_before_the_baseline_the_share_says_what_it_waits_for() -> None:
    readout = present_readout(made_live(45.0))
    assert readout.share.quality.reason == "quiet baseline is being taken"


def test_no_breath_for_long_is_unknown(live: Live) -> None:
    late = made_live(60.0)
    late.now_s += 30.0
    assert present_readout(late).rate.quality.reason.startswith("no breath for")


def test_nothing_at_all_is_unknown() -> None:
    readout = present_readout(Live())
    assert readout.rate.quality.reason.startswith("needs a belt, or a motion")
    assert readout.lamps == ()


def test_what_came_back_is_said_for_eight_seconds() -> None:
    live = made_live(60.0)
    device_id = live.links[0].device_id
    live.back = (device_id, live.now_s, 41.2)
    banner = present_readout(live).banner
    assert banner is not None
    assert banner.title.endswith("back after 41 s.")
    assert banner.word == "good"
    live.now_s += 9.0
    assert present_readout(live).banner is None


def test_before_the_baseline_no_loop_is_drawn(live: Live) -> None:
    assert present_readout(live, covered=True).loop.loops == ()


def test_a_stiff_trunk_leaves_the_share_unknown() -> None:
    live = made_live()
    live.task.hear(alerted(live.now_s))
    assert present_readout(live).share.quality == Quality("unknown", "stiff")
    live.task.hear(alerted(live.now_s, "ended"))
    assert present_readout(live).share.quality.reason != "stiff"


def test_belly_tone_is_of_a_breath_that_was_just_now() -> None:
    live = made_live()
    live.tones.clear()
    live.tones.append(toned(live.now_s - 3.0, -0.6, "drawing_in"))
    assert present_readout(live).tone.text == "−0.6"
    live.now_s += 30.0
    assert present_readout(live).tone.text == "unknown"


def test_moving_on_purpose_is_not_sway() -> None:
    live = made_live()
    live.task.hear(announced(live.now_s, "lift"))
    assert present_readout(live).sway.quality == Quality("unknown", "moving")


def test_one_motion_sensor_on_the_belly_has_a_rate_and_coarse_breaths(at_home: Review) -> None:
    early = present_readout(at_home.live_at(8.0))
    assert early.rate.quality == Quality("unknown", "first half minute")
    readout = present_readout(at_home.live_at(78.0))
    assert readout.rate.quality.word == "good"
    assert float(readout.rate.text) == pytest.approx(15.0, abs=2.0)
    assert readout.duty.quality == Quality("doubtful", "coarse, from a motion sensor")
    assert readout.share.quality.reason == "needs both belts; no chest belt"
    assert readout.sway.quality == Quality("doubtful", "the belly moves with every breath")


def test_a_motion_sensor_that_tells_no_rate_says_why(at_home: Review) -> None:
    live = at_home.live_at(78.0)
    assert live.rate is not None
    nothing = dataclasses.replace(live.rate, state="moving", rate_per_min=math.nan)
    live.update_snapshot(Snapshot(live.now_s, {}, (), (nothing,), live.links))
    readout = present_readout(live)
    assert readout.rate.quality == Quality("unknown", "moving")
    assert readout.duty.quality.word == "unknown"
