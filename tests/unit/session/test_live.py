"""From snapshots to "now"."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from biofeedback.core.entry import LinkState
from biofeedback.core.labels import BreathLabel, LabelName
from biofeedback.core.results import BreathCycle, Hold, SensorQuality
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.kernel import Kernel
from biofeedback.session.live import Live, Trace
from biofeedback.session.snapshot import Snapshot
from tests.unit.report.made import DEVICE, made_entries

TIMES = {"decided_s": 1.0, "arrival_s": 1.0}


def said(*events: object) -> Snapshot:
    return Snapshot(1.0, {}, (), tuple(events), ())  # type: ignore[arg-type]


def made_cycle(number: int, ttot_s: float) -> BreathCycle:
    whole = {field.name: 0.0 for field in fields(BreathCycle)}
    names = {"breath": number, "ttot_s": ttot_s, "source": "both", "sigh": False, "reason": 0}
    return BreathCycle(**(whole | TIMES | names))  # type: ignore[arg-type]


def made_label(number: int, label: LabelName) -> BreathLabel:
    span = {"t_s": 1.0, "onset_s": 0.0, "end_s": 1.0, "confidence": 1.0}
    return BreathLabel(breath=number, label=label, **span, **TIMES)


def test_a_made_session_is_followed() -> None:
    live = Live(trace_s=20.0)
    kernel = Kernel({DEVICE: Imported()})
    for entry in made_entries(rate_per_min=15.0, abdomen_leads_s=0.2):
        snapshot = kernel.feed(entry)[-1]
        assert isinstance(snapshot, Snapshot)
        live.update_snapshot(snapshot)
    assert live.breath_rate_per_min == pytest.approx(15.0, abs=0.2)
    assert live.share is not None
    assert live.share.phase_angle_deg == pytest.approx(18.0, abs=1.0)
    assert live.baseline is not None
    t_s, values = live.table.column("chest_excursion")
    assert 19.0 < t_s[-1] - t_s[0] < 26.0
    assert live.latest("chest_excursion") == values[-1]


def test_rate_is_unknown_before_two_breaths() -> None:
    assert np.isnan(Live().breath_rate_per_min)


def test_a_hold_is_shown_until_it_ends() -> None:
    live = Live()
    live.update_snapshot(said(Hold(t_s=0.0, state="begun", start_s=0.0, duration_s=3.0, **TIMES)))
    assert live.hold is not None
    live.update_snapshot(said(Hold(t_s=5.0, state="ended", start_s=0.0, duration_s=5.0, **TIMES)))
    assert live.hold is None


def test_trust_is_remembered_by_role() -> None:
    live = Live()
    bad = SensorQuality(t_s=1.0, role="chest_belt", ok=False, reason=int(Reason.FLAT), **TIMES)
    live.update_snapshot(said(bad))
    assert live.quality == {"chest_belt": Reason.FLAT}
    live.update_snapshot(
        said(SensorQuality(t_s=2.0, role="chest_belt", ok=True, reason=0, **TIMES))
    )
    assert live.quality == {}


def test_a_column_that_came_later_is_nan_before() -> None:
    trace = Trace(100.0)
    for names, start_s in ((("a",), 0.0), (("a", "b"), 1.0)):
        info = StreamInfo("table", tuple(Channel(name, "ratio") for name in names), 50.0)
        t_s = start_s + np.arange(50) / 50
        trace.add(Chunk(info, t_s, t_s.copy(), np.ones((50, len(names)))))
    _, values = trace.column("b")
    assert np.isnan(values[:50]).all()
    assert (values[50:] == 1).all()
    assert len(Trace(1.0).column("a")[0]) == 0


def test_a_device_that_comes_back_is_told_with_how_long_it_was_away() -> None:
    live, kernel = Live(), Kernel({DEVICE: Imported()})
    entry = next(iter(made_entries()))
    snapshot = kernel.feed(entry)[-1]
    assert isinstance(snapshot, Snapshot)
    (known,) = snapshot.links

    def link(state: LinkState, last_sample_s: float, now_s: float) -> Snapshot:
        status = replace(known, state=state, last_sample_s=last_sample_s)
        return Snapshot(now_s, {}, (), (), (status,))

    live.update_snapshot(link("open", 10.0, 10.1))
    live.update_snapshot(link("lost", 10.0, 12.0))
    live.update_snapshot(link("reopened", 10.0, 50.0))
    assert live.back is None
    live.update_snapshot(link("reopened", 51.0, 51.1))
    assert live.back == (DEVICE, 51.1, 41.0)
    live.back = None
    live.update_snapshot(link("reopened", 51.5, 51.6))
    assert live.back is None


def test_a_spoken_breath_is_left_out_of_the_rate_and_said() -> None:
    live = Live()
    for number, ttot_s in enumerate((4.0, 4.0, 9.0, 9.0, 9.0)):
        live.update_snapshot(said(made_cycle(number, ttot_s)))
    assert live.breath_rate_per_min == pytest.approx(60 / 9)
    for number in (2, 3, 4):
        live.update_snapshot(said(made_label(number, "speech")))
    assert live.breath_rate_per_min == pytest.approx(15)
    live.update_snapshot(said(made_label(1, "moving")))
    assert live.breath_rate_per_min == pytest.approx(15)
    info = StreamInfo("table", (Channel("breath_reason", "reason"),), 50.0)
    assert live.breath_reason is Reason.NONE
    rows = Chunk(info, np.array([1.0]), np.array([1.0]), np.array([[float(Reason.SPEECH)]]))
    live.update_snapshot(Snapshot(1.0, {}, (rows,), (), ()))
    assert live.breath_reason is Reason.SPEECH
