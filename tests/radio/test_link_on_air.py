"""Links over the simulated air: dropped again and again, beside one that nobody answers."""

from __future__ import annotations

import asyncio
import itertools
import struct
from functools import partial

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.entry import Entry, LinkChange, Packet
from biofeedback.drivers.ble import BleTransport
from biofeedback.drivers.link import Link
from tests.radio.puppet import ADDRESS, SPEC, Puppet, on_air, until

N_DROPS = 20
SPEED = 10.0


def states(diary: list[Entry]) -> list[str]:
    return [e.state for e in diary if isinstance(e, LinkChange) and e.state != "opening"]


def numbers(diary: list[Entry]) -> list[int]:
    return [struct.unpack("<I", entry.payload)[0] for entry in diary if isinstance(entry, Packet)]


def test_twenty_drops_are_twenty_gaps_and_nothing_else_is_lost() -> None:
    puppet, diary, counter = Puppet(), list[Entry](), itertools.count()

    async def main() -> None:
        clock = RealClock(SPEED)
        async with on_air(puppet, clock=clock) as (radio, (peripheral,)):
            make = partial(BleTransport, ADDRESS, SPEC, clock, radio)
            link = Link("puppet/1", make, clock, diary.append)
            link.start()
            for n_drops in range(N_DROPS + 1):
                await until(
                    lambda n=n_drops: (
                        states(diary).count("open") + states(diary).count("reopened") == n + 1
                    )
                )
                said = [next(counter) for _ in range(5)]
                puppet.say(*(struct.pack("<I", number) for number in said))
                await until(lambda said=said: numbers(diary)[-5:] == said)
                if n_drops < N_DROPS:
                    await peripheral.disconnect_host(timed_out=n_drops % 2 == 0)
            await link.close()

    asyncio.run(main())
    assert states(diary) == ["open", *["lost", "reopened"] * N_DROPS, "closed"]
    assert numbers(diary) == list(range(5 * (N_DROPS + 1)))
    assert puppet.n_connections == N_DROPS + 1
    opened = [e for e in diary if isinstance(e, LinkChange) and e.state in ("open", "reopened")]
    assert all(e.rssi_dbm is not None and e.rssi_dbm < 0 for e in opened)


def test_a_link_that_nobody_answers_does_not_hold_up_another() -> None:
    puppet, diaries = Puppet(), (list[Entry](), list[Entry]())

    async def main() -> None:
        clock = RealClock()
        async with on_air(puppet) as (radio, (peripheral,)):
            links = [
                Link(
                    f"puppet/{number}",
                    partial(BleTransport, name, SPEC, clock, radio),
                    clock,
                    diary.append,
                )
                for number, (name, diary) in enumerate(
                    zip(("nobody", "Puppet"), diaries, strict=True)
                )
            ]
            for link in links:
                link.start()
            await until(lambda: states(diaries[1]) == ["open"])
            await peripheral.disconnect_host()
            await until(lambda: states(diaries[1]) == ["open", "lost", "reopened"])
            await asyncio.gather(*(link.close() for link in links))

    asyncio.run(main())
    assert "open" not in states(diaries[0])
    lost, reopened = (
        next(entry.host_time_ns for entry in diaries[1] if getattr(entry, "state", "") == state)
        for state in ("lost", "reopened")
    )
    # Its own pause, one turn of the other's listening, and the connection.
    assert reopened - lost < 5e9


@pytest.mark.parametrize("turns_dropped", [None, 0, 3], ids=lambda n: f"dropped {n}")
def test_a_link_closes_at_any_turn_of_the_loop_and_leaves_nobody_connected(turns_dropped) -> None:
    """While it connects, asks, subscribes; with the device hanging up at the same time or not.

    Answers of a radio in the same process come within a turn of the loop: just then
    ``wait_for`` before Python 3.12 loses requests to end.
    """

    async def main(n_turns: int) -> None:
        clock = RealClock(SPEED)
        async with on_air(Puppet(), clock=clock) as (radio, (peripheral,)):
            make = partial(BleTransport, ADDRESS, SPEC, clock, radio)
            link = Link("puppet/1", make, clock, list[Entry]().append)
            link.start()
            await until(lambda: peripheral.connected, step_s=0.0)
            for _ in range(n_turns):
                await asyncio.sleep(0)
            async with asyncio.TaskGroup() as group:
                if turns_dropped is not None:
                    group.create_task(peripheral.disconnect_host(timed_out=True))
                    for _ in range(turns_dropped):
                        await asyncio.sleep(0)
                async with asyncio.timeout(4.0):
                    await link.close()
            assert not peripheral.connected

    for n_turns in range(0, 64, 4):
        asyncio.run(main(n_turns))
