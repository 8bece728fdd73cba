"""A person coughs; sensors of which one tells late are compared, and corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from benchmarks.simulated import Sensor, simulate
from biofeedback.cli.demo.kits import KITS
from biofeedback.core.entry import Command, Entry, Packet
from biofeedback.core.results import TapAlignment
from biofeedback.core.stream import Event
from biofeedback.drivers.registry import protocol_for
from biofeedback.session.sessions import make_kernel
from biofeedback.session.snapshot import Snapshot
from firmware_sim.body import Body
from firmware_sim.script import Happening, Pattern, Phase, Script

KIT = KITS["clinic"]
COUGHS_S = (40.0, 43.0, 46.0, 65.0, 68.0, 71.0)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """Eighty seconds of two belts at 10 Hz and a motion sensor at 100 Hz; six coughs."""
    happenings = tuple(Happening("cough", at_s, 1.6, size=8.0) for at_s in COUGHS_S)
    body = Body(Script((Phase("quiet", 80.0, Pattern(15, 0.5), happenings=happenings),)), 3)
    sensors = {
        device_id: Sensor(protocol_for(device_id), firmware)
        for device_id, firmware in KIT.firmwares(body, 3).items()
    }
    roles = [
        Command(0, "assign", {"stream": worn.device_id, "role": worn.role.value, "invert": False})
        for worn in KIT.worn
    ]
    # Roles come afterwards: only the bytes are wanted here, no stage need look at them.
    return [*roles, *simulate(sensors, 80.0).entries]


def answers(
    entries: Iterable[Entry], late: str, lag_s: float, corrected_s: float
) -> list[TapAlignment]:
    """Delay one device's packets, ask at 38 s, correct at 55 s, ask again at 63 s."""
    lag_ns = round(lag_s * 1e9)
    fed = [
        replace(entry, host_time_ns=entry.host_time_ns + lag_ns)
        if isinstance(entry, Packet) and entry.device_id == late and entry.direction == "rx"
        else entry
        for entry in entries
    ]
    fed += [Command(round(at_s * 1e9), "tap_check") for at_s in (38.0, 63.0)]
    fed.append(Command(55 * 10**9, "lag", {"stream": late, "lag_s": corrected_s}))
    fed.sort(key=lambda entry: entry.host_time_ns)
    outputs = make_kernel(KIT.description("")).feed_all(fed)
    events: list[Event] = [e for o in outputs if isinstance(o, Snapshot) for e in o.events]
    return [event for event in events if isinstance(event, TapAlignment)]


@pytest.mark.parametrize("lag_s", [0.0, 0.15])
def test_a_belt_that_tells_late_is_found_and_corrected(entries: list[Entry], lag_s: float) -> None:
    """Two belts at 10 Hz: within 20 ms, which is what phase asks for."""
    before, pelvis, after, _ = answers(entries, KIT.worn[1].device_id, lag_s, lag_s)
    assert (before.reference, before.role) == ("chest_belt", "abdomen_belt")
    assert before.jolts >= 2
    assert before.lag_s == pytest.approx(lag_s, abs=0.02)
    assert abs(before.lag_s - lag_s) <= 2 * before.lag_se_s
    assert before.lag_se_s < 0.025
    assert after.lag_s == pytest.approx(0.0, abs=0.02)
    assert pelvis.role == "pelvis_imu"
    assert pelvis.jolts >= 2


@pytest.mark.parametrize("lag_s", [0.0, 0.1])
def test_a_motion_sensor_is_compared_by_strength(entries: list[Entry], lag_s: float) -> None:
    """A belt at 10 Hz and a motion sensor at 100 Hz: within 50 ms, and it says so."""
    _, before, _, after = answers(entries, KIT.worn[2].device_id, lag_s, lag_s)
    assert before.lag_s == pytest.approx(lag_s, abs=0.05)
    assert abs(before.lag_s - lag_s) <= 2 * before.lag_se_s
    assert after.lag_s == pytest.approx(0.0, abs=0.05)


def test_without_a_cough_it_says_what_to_do(entries: list[Entry]) -> None:
    quiet = [entry for entry in entries if entry.host_time_ns < 30 * 10**9]
    quiet.append(Command(15 * 10**9, "tap_check"))
    quiet.sort(key=lambda entry: entry.host_time_ns)
    snapshot = make_kernel(KIT.description("")).feed_all(quiet)[-1]
    assert isinstance(snapshot, Snapshot)
    found = [event for event in snapshot.events if isinstance(event, TapAlignment)]
    assert len(found) == 2
    assert all("cough" in event.reason and event.jolts == 0 for event in found)
