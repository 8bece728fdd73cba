"""Any grouping of the same entries gives the same rows, events and sends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.ports import Addressed
from biofeedback.core.results import BreathCycle, BreathShare, CommandHeard, DeviceStatus
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.digest import OutputDigest
from biofeedback.session.instrument import digest_outputs
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot

DEVICE = "imported/test"
RATE_HZ = 25.0


def breathing(phase_s: float = 0.0, length_s: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    t_s = np.arange(0, length_s, 1 / RATE_HZ)
    return t_s, 1.0 + 0.5 * np.sin(2 * np.pi * 0.25 * (t_s - phase_s))


def packet(start_s: float, end_s: float, **values: np.ndarray) -> Packet:
    t_s = np.arange(len(next(iter(values.values())))) / RATE_HZ
    rows = (t_s >= start_s) & (t_s < end_s)
    time_ns = np.rint(t_s[rows] * 1e9).astype(np.int64)
    blocks = [
        ImportedBlock(
            StreamInfo(site, (Channel("excursion", "a.u."),), RATE_HZ),
            "belt",
            time_ns,
            column[rows][:, None],
        )
        for site, column in values.items()
    ]
    return Packet(int(time_ns[-1]), DEVICE, "rx", "imported", encode(blocks))


def session() -> list[Entry]:
    _, chest = breathing()
    _, abdomen = breathing(phase_s=-0.2)
    entries: list[Entry] = [
        LinkChange(0, DEVICE, "open"),
        Command(0, "assign", {"stream": f"{DEVICE}/chest", "role": "chest_belt"}),
        Command(0, "assign", {"stream": f"{DEVICE}/abdomen", "role": "abdomen_belt"}),
    ]
    for start_s in np.arange(0.0, 60.0, 2.5):
        entries.append(packet(start_s, start_s + 2.5, chest=chest, abdomen=abdomen))
        entries.append(Tick(entries[-1].host_time_ns))
    entries.insert(30, Command(entries[29].host_time_ns, "mark", {"text": "half way"}))
    return entries


def run(entries: list[Entry], cuts: list[int]) -> tuple[str, list[Snapshot]]:
    kernel, digest, snapshots = Kernel({DEVICE: Imported()}), OutputDigest(), []
    for begin, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
        outputs = kernel.feed_all(entries[begin:end])
        digest_outputs(digest, outputs)
        snapshots += [output for output in outputs if isinstance(output, Snapshot)]
    return digest.hexdigest(), snapshots


ONE_BY_ONE = run(session(), list(range(1, len(session()))))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, len(session()) - 1), unique=True, max_size=8).map(sorted))
def test_any_grouping_gives_the_same_outputs(cuts: list[int]) -> None:
    assert run(session(), cuts)[0] == ONE_BY_ONE[0]


def test_a_belt_taken_off_and_put_on_again_is_told() -> None:
    entries = session()
    for at, role in ((34, "abdomen_belt"), (20, None)):
        now_ns = entries[at - 1].host_time_ns
        command = Command(now_ns, "assign", {"stream": f"{DEVICE}/abdomen", "role": role})
        entries.insert(at, command)
    told = [
        event
        for snapshot in run(entries, [])[1]
        for event in snapshot.events
        if isinstance(event, BeltsChanged)
    ]
    assert [(event.reason, event.role) for event in told] == [("donned", "abdomen_belt")]
    assert run(entries, list(range(1, len(entries))))[0] == run(entries, [7, 25])[0]


def test_breaths_and_shares_come_out() -> None:
    events = [event for snapshot in ONE_BY_ONE[1] for event in snapshot.events]
    breaths = [event for event in events if isinstance(event, BreathCycle)]
    shares = [event for event in events if isinstance(event, BreathShare)]
    assert len(breaths) >= 10
    assert np.median([breath.ttot_s for breath in breaths]) == pytest.approx(4.0, abs=0.05)
    # The abdomen was made to lead by 0.2 s of 4 s: 18 degrees, positive.
    assert np.median([share.phase_angle_deg for share in shares]) == pytest.approx(18.0, abs=1.0)


def test_a_command_is_an_event_of_its_own() -> None:
    events = [event for snapshot in ONE_BY_ONE[1] for event in snapshot.events]
    marks = [e for e in events if isinstance(e, CommandHeard) and e.name == "mark"]
    assert [mark.argument("text") for mark in marks] == ["half way"]


def test_inverting_a_belt_turns_it_over() -> None:
    entries = session()
    entries[1] = Command(
        0, "assign", {"stream": f"{DEVICE}/chest", "role": "chest_belt", "invert": True}
    )
    _, plain = run(session(), [])
    _, turned = run(entries, [])
    column = "chest_excursion"
    one = np.concatenate([chunk.column(column) for chunk in plain[0].table])
    other = np.concatenate([chunk.column(column) for chunk in turned[0].table])
    np.testing.assert_array_equal(one, -other)


def test_links_tell_what_was_received() -> None:
    (link,) = ONE_BY_ONE[1][-1].links
    assert link.ready
    assert link.received == 2 * 60 * RATE_HZ
    assert link.lost == 0
    assert link.garbage == 0


def test_garbage_is_counted_and_harmless() -> None:
    kernel = Kernel({DEVICE: Imported()})
    kernel.feed(LinkChange(0, DEVICE, "open"))
    snapshot = kernel.feed(Packet(1, DEVICE, "rx", "imported", b"not a packet"))[-1]
    assert isinstance(snapshot, Snapshot)
    assert snapshot.links[0].garbage == 1
    assert not snapshot.table


def test_packets_of_unknown_devices_change_nothing() -> None:
    kernel = Kernel({DEVICE: Imported()})
    (snapshot,) = kernel.feed(Packet(0, "nobody/1", "rx", "x", b"\1"))
    assert isinstance(snapshot, Snapshot)
    assert not snapshot.events


def test_a_role_of_another_kind_is_not_taken() -> None:
    entries = session()
    entries[1] = Command(0, "assign", {"stream": f"{DEVICE}/chest", "role": "pelvis_imu"})
    _, snapshots = run(entries, [])
    assert all(not chunk.info.has("chest_excursion") for chunk in snapshots[0].table)
    assert any(chunk.info.has("abdomen_excursion") for chunk in snapshots[0].table)


def test_time_never_runs_backwards() -> None:
    kernel = Kernel({DEVICE: Imported()})
    kernel.feed(Tick(1_000_000))
    kernel.feed(Tick(3_000_000))
    snapshot = kernel.feed(Tick(2_000_000))[-1]
    assert isinstance(snapshot, Snapshot)
    assert snapshot.now_s > 0.002


def test_ready_is_told_once() -> None:
    events = [event for snapshot in ONE_BY_ONE[1] for event in snapshot.events]
    ready = [e for e in events if isinstance(e, DeviceStatus) and e.name == "ready"]
    assert len(ready) == 1


def test_the_handshake_is_answered_with_sends() -> None:
    from biofeedback.drivers.registry import protocol_for

    kernel = Kernel({"godirect/X": protocol_for("godirect/X")})
    outputs = kernel.feed(LinkChange(0, "godirect/X", "open"))
    assert [type(output) for output in outputs] == [Addressed, Snapshot]
    first = outputs[0]
    assert isinstance(first, Addressed)
    assert first.send.payload.startswith(bytes.fromhex("5819fe3f1a"))


def test_a_lag_moves_a_sensor_in_time() -> None:
    """The abdomen led by 0.2 s; 0.2 s taken off the chest puts them in step."""
    entries = session()
    lag = Command(0, "lag", {"stream": f"{DEVICE}/chest", "lag_s": 0.2})
    for at in (1, 5):  # before the streams are announced, and after
        moved = [*entries[:at], lag, *entries[at:]]
        digest, snapshots = run(moved, [])
        shares = [e for s in snapshots for e in s.events if isinstance(e, BreathShare)]
        assert np.median([share.phase_angle_deg for share in shares]) == pytest.approx(0, abs=1)
        assert snapshots[-1].links[0].streams[0].lag_s == 0.2
        assert run(moved, list(range(1, len(moved))))[0] == digest


def test_a_lag_of_a_device_is_that_of_all_its_streams() -> None:
    entries = session()
    entries.insert(6, Command(0, "lag", {"stream": DEVICE, "lag_s": 0.1}))
    (link,) = run(entries, [])[1][-1].links
    assert [account.lag_s for account in link.streams] == [0.1, 0.1]


@pytest.mark.parametrize("lag_s", [1.5, -2, "much", None])
def test_a_lag_that_cannot_be_is_refused(lag_s: float | str | None) -> None:
    kernel = Kernel({DEVICE: Imported()})
    snapshot = kernel.feed(Command(0, "lag", {"stream": DEVICE, "lag_s": lag_s}))[-1]
    assert isinstance(snapshot, Snapshot)
    (refused,) = [e for e in snapshot.events if isinstance(e, DeviceStatus)]
    assert refused.name == "lag_refused"
    assert "from -1.0 to 1.0 s" in refused.detail


def test_signal_strength_comes_with_a_link_or_a_status() -> None:
    kernel = Kernel({DEVICE: Imported()})
    snapshot = kernel.feed(LinkChange(0, DEVICE, "open", rssi_dbm=-61.0))[-1]
    assert isinstance(snapshot, Snapshot)
    assert snapshot.links[0].rssi_dbm == -61.0
    snapshot = kernel.feed(LinkChange(1, DEVICE, "lost"))[-1]
    assert isinstance(snapshot, Snapshot)
    assert snapshot.links[0].rssi_dbm == -61.0
