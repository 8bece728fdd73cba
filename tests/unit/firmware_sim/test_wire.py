from __future__ import annotations

import asyncio

import pytest

from firmware_sim.faults import Refuse, Vanish
from firmware_sim.gatt_table import BATTERY_LEVEL
from firmware_sim.godirect import COMMAND, RESPONSE, GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.simulated_time import LoopClock, run
from firmware_sim.wire import Wire
from firmware_sim.witmotion import SERIAL, WitMotionSerial
from tests.unit.firmware_sim.test_faults import INIT, START

BODY = scenario("quiet", 60, 1)


def now_us():
    return LoopClock().now_ns() // 1000


class Host:
    def __init__(self):
        self.heard, self.losses = [], []

    def receive(self, endpoint, payload, host_time_ns):
        self.heard.append((endpoint, payload, host_time_ns))


async def opened(wire, host):
    await wire.open(host.receive, host.losses.append)


def test_what_is_sent_arrives_and_nothing_after_closing():
    async def main():
        host, wire = Host(), Wire(GoDirectBelt(BODY, samples_per_frame=1), now_us)
        with pytest.raises(ConnectionError, match="not connected"):
            await wire.send(COMMAND, INIT)
        await opened(wire, host)
        assert now_us() == pytest.approx(500_000, abs=10)
        await wire.send(COMMAND, INIT)
        await wire.send(COMMAND, START)
        await asyncio.sleep(5.0)
        await wire.close()
        n_heard = len(host.heard)
        assert 50 <= n_heard <= 53
        assert {endpoint for endpoint, _, _ in host.heard} == {RESPONSE}
        stamps_ns = [stamp for _, _, stamp in host.heard]
        assert stamps_ns == sorted(stamps_ns)
        await wire.close()
        await asyncio.sleep(1.0)
        assert len(host.heard) == n_heard
        assert host.losses == []

    run(main())


def test_what_is_asked_for_is_read_on_opening():
    async def main():
        host = Host()
        wire = Wire(GoDirectBelt(BODY), now_us, reads=(BATTERY_LEVEL, "nowhere"))
        await opened(wire, host)
        assert [(e, p) for e, p, _ in host.heard] == [(BATTERY_LEVEL, bytes([87]))]
        await wire.close()

    run(main())


@pytest.mark.parametrize("ending", ["breaks", "vanishes"])
def test_a_loss_is_told_once_and_the_next_wire_reaches_the_same_device(ending):
    async def main():
        host, device = Host(), Vanish(WitMotionSerial(BODY), 3.0, 1.0)
        wire = Wire(device, now_us)
        await opened(wire, host)
        await asyncio.sleep(1.0)
        if ending == "breaks":
            wire.break_off()
        await asyncio.sleep(2.0)
        assert len(host.losses) == 1
        with pytest.raises(ConnectionError):
            await wire.send(SERIAL, b"?")
        await wire.close()
        with pytest.raises(ConnectionError, match="not heard"):
            await opened(Wire(device, now_us, opens_in_s=0.0), host)
        await asyncio.sleep(1.0)
        n_heard, again = len(host.heard), Wire(device, now_us)
        await opened(again, host)
        await asyncio.sleep(1.0)
        assert len(host.heard) > n_heard
        await again.close()
        assert len(host.losses) == 1

    run(main())


def test_a_device_that_is_busy_cannot_be_opened():
    async def main():
        with pytest.raises(ConnectionError, match="another app"):
            await opened(Wire(Refuse(WitMotionSerial(BODY), 5.0), now_us), Host())

    run(main())
