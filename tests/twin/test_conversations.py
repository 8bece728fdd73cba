"""Driver and firmware, written by different hands from the same byte tables, meet over bytes.

In simulated time, without a radio: every fault of the path on every device. No answer may raise,
what is lost is counted, what comes is exact.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biofeedback.core.entry import Entry, LinkChange, Packet, Tick
from biofeedback.core.ports import Addressed, DeviceProtocol
from biofeedback.core.stream import FloatArray
from biofeedback.drivers.protocols.godirect import GoDirect
from biofeedback.drivers.protocols.witmotion import WitMotion
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import LinkStatus, Snapshot
from firmware_sim import faults
from firmware_sim.body import Body
from firmware_sim.firmware import Emission, Firmware
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import WitMotionSerial

STEP_US = 10_000
SECONDS = 20


def body() -> Body:
    return scenario("quiet", SECONDS, 1)


def packets(device_id: str, emissions: list[Emission]) -> list[Packet]:
    return [
        Packet(sent.time_us * 1000, device_id, "rx", sent.endpoint, sent.payload)
        for sent in emissions
    ]


def converse(
    protocol: DeviceProtocol, firmware: Firmware, seconds: float = SECONDS
) -> tuple[FloatArray, FloatArray, LinkStatus]:
    """Let them talk; return times, values and what the kernel says of the link."""
    device_id = "twin/1"
    kernel = Kernel({device_id: protocol})
    firmware.connect(0)
    entries: list[Entry] = [Tick(0), LinkChange(0, device_id, "open")]
    times, values = [], []
    status = None
    for now_us in range(STEP_US, int(seconds * 1e6), STEP_US):
        entries += packets(device_id, firmware.advance(now_us))
        if now_us % 250_000 == 0:
            entries.append(Tick(now_us * 1000))
        if not entries:
            continue
        outputs = kernel.feed_all(entries)
        entries = []
        for output in outputs:
            if isinstance(output, Addressed):
                send = output.send
                answers = firmware.write(send.endpoint, send.payload, now_us)
                entries += packets(device_id, answers)
            elif isinstance(output, Snapshot):
                status = output.links[0]
                for chunks in output.streams.values():
                    times += [chunk.t_s for chunk in chunks]
                    values += [chunk.data for chunk in chunks]
    assert status is not None
    if not values:
        return np.empty(0), np.empty((0, 1)), status
    return np.concatenate(times), np.concatenate(values), status


def belt() -> GoDirectBelt:
    return GoDirectBelt(body(), jitter_us=0, stall_chance=0.0)


def imu() -> WitMotionSerial:
    return WitMotionSerial(body())


DEVICES: dict[str, tuple[Callable[[], DeviceProtocol], Callable[[], Firmware], float]] = {
    "belt": (GoDirect, belt, 10.0),
    "imu": (lambda: WitMotion(rate_hz=100), imu, 100.0),
}
FAULTS: dict[str, Callable[[Firmware], Firmware]] = {
    "none": lambda firmware: firmware,
    "drop": lambda firmware: faults.Drop(firmware, 0.02, seed=1),
    "duplicate": lambda firmware: faults.Duplicate(firmware, 0.02, seed=1),
    "corrupt a bit": lambda firmware: faults.CorruptBit(firmware, 0.02, seed=1),
    "split": lambda firmware: faults.Split(firmware, 0.3, seed=1),
    "merge": lambda firmware: faults.Merge(firmware, 0.3, seed=1),
    "garbage": lambda firmware: faults.Garbage(firmware, 0.05, seed=1),
    "stall": lambda firmware: faults.Stall(firmware, at_s=10.0, for_s=1.0),
    "all of them": lambda firmware: faults.Split(
        faults.Garbage(faults.CorruptBit(faults.Drop(firmware, 0.02, 1), 0.02, 2), 0.02, 3), 0.2, 4
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("device", DEVICES)
def test_every_fault_of_the_path_is_survived(device: str, fault: str) -> None:
    make_protocol, make_firmware, rate_hz = DEVICES[device]
    t_s, values, status = converse(make_protocol(), FAULTS[fault](make_firmware()))
    assert status.ready, status
    assert (np.diff(t_s) > 0).all()
    assert np.isfinite(values).all()
    # At most a few per cent are missing, and the rest is on time.
    seconds = SECONDS - t_s[0]
    assert len(t_s) > 0.85 * rate_hz * seconds
    steps_s = np.diff(t_s)
    assert np.median(steps_s) == pytest.approx(1 / rate_hz, rel=0.03)


def test_lost_notifications_of_the_belt_are_counted_exactly() -> None:
    firmware = faults.Drop(belt(), 0.05, seed=3)
    _, values, status = converse(GoDirect(), firmware)
    undisturbed, _, _ = converse(GoDirect(), belt())
    assert status.lost > 0
    assert abs(len(values) + status.lost - len(undisturbed)) <= 3


def test_forces_arrive_as_the_belt_measured_them() -> None:
    simulated = belt()
    t_s, values, _ = converse(GoDirect(), simulated)
    force = simulated_force(t_s)
    # The time base needs some seconds; noise and hysteresis are the sensor's own.
    settled = t_s > 8
    residue = values[settled, 0] - force[settled]
    assert np.std(residue) < 0.15 * np.std(force[settled])


def simulated_force(t_s: FloatArray) -> FloatArray:
    """The belt's stretch, on the scale and level of the force that was measured."""
    stretch_mm = body().belt_mm("chest", t_s)
    _, values, _ = converse(GoDirect(), belt())
    settled = t_s > 8
    gain, offset = np.polyfit(stretch_mm[settled], values[settled, 0], 1)
    return np.asarray(gain * stretch_mm + offset)


def test_the_imu_feels_gravity_and_no_more_than_sway() -> None:
    _, values, _ = converse(WitMotion(rate_hz=100), imu())
    norm = np.sqrt(np.sum(values[:, :3] ** 2, axis=1))
    assert np.median(norm) == pytest.approx(9.8, abs=0.5)
    assert np.median(np.abs(values[:, 3:])) < 3.0


def test_a_belt_left_streaming_by_somebody_else_is_taken_over() -> None:
    firmware = GoDirectBelt(body(), keeps_streaming=True, jitter_us=0, stall_chance=0.0)
    converse(GoDirect(), firmware, seconds=5)
    firmware.disconnect(5_000_000)
    kernel = Kernel({"twin/1": GoDirect()})
    firmware.connect(5_000_000)
    entries: list[Entry] = [LinkChange(5_000_000_000, "twin/1", "open")]
    ready = False
    for now_us in range(5_000_000 + STEP_US, 9_000_000, STEP_US):
        entries += packets("twin/1", firmware.advance(now_us))
        outputs = kernel.feed_all(entries)
        entries = []
        for output in outputs:
            if isinstance(output, Addressed):
                answers = firmware.write(output.send.endpoint, output.send.payload, now_us)
                entries += packets("twin/1", answers)
            else:
                ready = output.links[0].ready
    assert ready


def test_a_belt_that_vanishes_is_asked_again_and_given_up_in_words() -> None:
    firmware = faults.Vanish(belt(), at_s=0.0, for_s=100.0)
    _, _, status = converse(GoDirect(), firmware, seconds=18)
    assert not status.ready
    assert "did not answer" in status.reason


def test_an_imu_that_restarts_on_an_open_port_is_told_its_rate_again() -> None:
    """What was not saved in it is forgotten: ten samples a second, as it left the maker."""
    firmware = faults.Reboot(imu(), at_s=8.0, for_s=2.0)
    t_s, _, status = converse(WitMotion(rate_hz=100), firmware)
    assert status.ready
    late = t_s[t_s > 14.0]
    assert len(late) == pytest.approx(100 * (SECONDS - 14.0), rel=0.05)
