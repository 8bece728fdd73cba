"""A link on simulated time, over a wire that does what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from itertools import pairwise

import pytest

from biofeedback.core.entry import Entry, LinkChange, Packet
from biofeedback.core.errors import DeviceConnectionError, DeviceNotFoundError
from biofeedback.core.ports import Send
from biofeedback.drivers import link as link_module
from biofeedback.drivers.link import Link
from firmware_sim.simulated_time import LoopClock, run

DEVICE = "godirect/T1"


class Wire:
    """A transport in memory. Opening fails with the next of `failures` while there are any."""

    def __init__(self, failures: list[Exception] | None = None, close_s: float = 0.0) -> None:
        self.failures = failures if failures is not None else []
        self.close_s = close_s
        self.sent: list[tuple[str, bytes]] = []
        self.n_opened = self.n_closed = self.n_closing = 0

    async def open(self, receive, lost) -> None:
        await asyncio.sleep(0.1)
        if self.failures:
            raise self.failures.pop(0)
        self.n_opened += 1
        self.receive, self.lost = receive, lost

    async def send(self, endpoint: str, payload: bytes) -> None:
        self.sent.append((endpoint, payload))

    async def close(self) -> None:
        self.n_closing += 1
        await asyncio.sleep(self.close_s)
        self.n_closed += 1

    def say(self, payload: bytes) -> None:
        self.receive("serial", payload, LoopClock().now_ns())


class Diary(list[Entry]):
    """Entries as a link emitted them."""

    @property
    def states(self) -> list[str]:
        """What became of the attempts."""
        return [e.state for e in self if isinstance(e, LinkChange) and e.state != "opening"]

    def seconds(self, state: str) -> list[float]:
        return [
            entry.host_time_ns / 1e9
            for entry in self
            if isinstance(entry, LinkChange) and entry.state == state
        ]

    def reasons(self, state: str) -> list[str]:
        return [e.reason for e in self if isinstance(e, LinkChange) and e.state == state]


def started(wire: Wire, device_id: str = DEVICE) -> tuple[Link, Diary]:
    diary = Diary()
    link = Link(device_id, lambda: wire, LoopClock(), diary.append)
    link.start()
    return link, diary


async def chatter(wire: Wire, duration_s: float) -> None:
    for _ in range(round(duration_s / 0.1)):
        await asyncio.sleep(0.1)
        wire.say(b"x")


def test_what_is_heard_becomes_packets_between_open_and_closed() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        link.start()  # twice is harmless
        await asyncio.sleep(0.2)
        wire.receive("serial", b"ab", 1_234)
        await link.send(Send("serial", b"cd"))
        await link.close()
        wire.receive("serial", b"late", 5_678)
        await link.close()
        assert diary.states == ["open", "closed"]
        assert diary[2:-1] == [Packet(1_234, DEVICE, "rx", "serial", b"ab")]
        assert diary.reasons("opening") == ["looking for it"]
        assert diary.reasons("open") == ["connected in 0.1 s"]
        assert diary.reasons("closed") == ["closed by us"]
        assert wire.sent == [("serial", b"cd")]
        assert (wire.n_opened, wire.n_closed) == (1, 1)

    run(main())


def test_the_strength_of_a_radio_is_told_where_the_transport_knows_it() -> None:
    async def main() -> None:
        for rssi_dbm in (None, -61.0):
            wire = Wire()
            if rssi_dbm is not None:
                wire.rssi_dbm = rssi_dbm
            link, diary = started(wire)
            await asyncio.sleep(0.2)
            await link.close()
            told = [e.rssi_dbm for e in diary if isinstance(e, LinkChange) and e.state == "open"]
            assert told == [rssi_dbm]

    run(main())


def test_silence_is_told_within_two_seconds_and_its_end_too() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        await asyncio.sleep(0.2)
        await chatter(wire, 5.0)
        silent_from_s = LoopClock().now_ns() / 1e9
        await asyncio.sleep(4.0)
        spoke_s = LoopClock().now_ns() / 1e9
        wire.say(b"y")
        await asyncio.sleep(1.0)
        await link.close()
        assert diary.states == ["open", "silent", "resumed", "closed"]
        assert 1.4 < diary.seconds("silent")[0] - silent_from_s < 2.0
        assert diary.seconds("resumed")[0] - spoke_s < 0.25
        assert diary.reasons("silent")[0].startswith("nothing came for 1.8 s")
        assert diary.reasons("resumed")[0].startswith("speaks again after 4.")

    run(main())


def test_packets_of_the_longest_spacing_known_are_not_called_silence() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        for _ in range(20):
            await asyncio.sleep(1.4)
            wire.say(b"x")
        await link.close()
        assert diary.states == ["open", "closed"]

    run(main())


def test_a_wire_that_stays_silent_is_opened_anew() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        await asyncio.sleep(0.2)
        wire.say(b"x")
        await asyncio.sleep(link_module.GIVE_UP_SILENT_S + 2.0)
        assert diary.states == ["open", "silent", "lost", "reopened"]
        assert diary.reasons("lost")[0].startswith("said nothing for 8 s")
        assert (wire.n_opened, wire.n_closed) == (2, 1)
        # One that never spoke is given longer: it may still be asked for its name.
        await asyncio.sleep(link_module.GIVE_UP_MUTE_S - 3.0)
        assert wire.n_opened == 2
        await asyncio.sleep(5.0)
        assert wire.n_opened == 3
        await link.close()

    run(main())


def test_a_lost_wire_comes_back_and_nothing_is_heard_in_between() -> None:
    async def main() -> None:
        wire = Wire(close_s=1.0)
        link, diary = started(wire)
        await asyncio.sleep(0.2)
        wire.say(b"1")
        wire.lost("the cable was pulled")
        await asyncio.sleep(0.5)
        wire.say(b"after the end")
        with pytest.raises(DeviceConnectionError, match="T1 is not connected; it is being looked"):
            await link.send(Send("serial", b"?"))
        await asyncio.sleep(2.0)
        wire.say(b"2")
        await link.close()
        assert diary.states == ["open", "lost", "reopened", "closed"]
        assert diary.reasons("lost")[0].startswith("the cable was pulled (next try in 0.")
        assert diary.reasons("opening") == [
            "looking for it",
            "looking for it; the cable was pulled",
        ]
        assert diary.reasons("reopened")[0].startswith("back after 1.")
        # Told at once, not when the wire has finished closing.
        assert diary.seconds("lost")[0] - 0.2 < 0.01
        assert [entry.payload for entry in diary if isinstance(entry, Packet)] == [b"1", b"2"]
        assert wire.n_closed == 2

    run(main())


def test_it_never_gives_up_and_waits_longer_each_time_up_to_a_limit() -> None:
    async def main() -> None:
        wire = Wire([DeviceNotFoundError(f"try {n}", DEVICE) for n in range(40)])
        link, diary = started(wire)
        await asyncio.sleep(3600)
        assert diary.states[:41] == ["lost"] * 40 + ["open"]
        pauses = [later - sooner for sooner, later in pairwise(diary.seconds("lost")[:40])]
        assert pauses[0] < 1.0
        assert all(later > 1.2 * sooner for sooner, later in pairwise(pauses[:5]))
        longest = link_module.LONGEST_WAIT_S * (1 + link_module.JITTER) + 0.2
        assert link_module.LONGEST_WAIT_S < max(pauses) < longest
        assert diary.reasons("lost")[7].startswith("try 7 (next try in 2")
        assert diary.reasons("opening")[8] == "looking for it, try 9; try 7"
        await link.close()

    run(main())


def test_a_wire_that_opens_only_to_break_is_not_hammered() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        for _ in range(600):
            await asyncio.sleep(0.1)
            if wire.n_opened > wire.n_closed:
                wire.lost("broke at once")
        await link.close()
        assert 4 <= len(diary.seconds("lost")) <= 10

    run(main())


def test_a_device_that_does_not_do_its_part_is_tried_anew_less_and_less_often() -> None:
    async def main() -> None:
        wire = Wire()
        link, diary = started(wire)
        for _ in range(4):
            while wire.n_opened == wire.n_closed:
                await asyncio.sleep(0.1)
            wire.say(b"speaks, but not what it is asked")
            link.renew("it refused")
            await asyncio.sleep(0.1)
        await link.close()
        assert diary.reasons("lost")[0].startswith("it refused (next try in 0.")
        pauses = [later - sooner for sooner, later in pairwise(diary.seconds("lost"))]
        assert all(later > 1.5 * sooner for sooner, later in pairwise(pauses))

    run(main())


def test_jitter_comes_from_the_chance_that_is_given() -> None:
    async def main() -> None:
        diary = Diary()
        wire = Wire([DeviceNotFoundError("no", DEVICE) for _ in range(3)])
        link = Link(DEVICE, lambda: wire, LoopClock(), diary.append, chance=lambda: 1.0)
        link.start()
        await asyncio.sleep(10)
        await link.close()
        assert diary.reasons("lost") == [f"no (next try in {s:.1f} s)" for s in (0.65, 1.3, 2.6)]

    run(main())


def test_a_radio_that_swallows_the_request_to_end_does_not_keep_the_link_from_closing() -> None:
    class Deaf(Wire):
        async def open(self, receive, lost) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)
            await super().open(receive, lost)

    async def main() -> None:
        wire = Deaf()
        link, diary = started(wire)
        await asyncio.sleep(1.0)
        await link.close()
        assert LoopClock().now_ns() < 3e9
        assert diary.states == ["closed"]
        assert wire.n_closed == 1

    run(main())


def test_a_wire_that_never_closes_is_left_alone() -> None:
    async def main() -> None:
        wire = Wire(close_s=1e6)
        link, diary = started(wire)
        await asyncio.sleep(0.2)
        await link.close()
        assert diary.states == ["open", "closed"]
        assert LoopClock().now_ns() < (link_module.CLOSED_BY_S + 1) * 1e9

    run(main())


def test_jitter_differs_between_devices_and_is_the_same_every_time() -> None:
    def pauses(device_id: str) -> list[float]:
        async def main() -> list[float]:
            wire = Wire([DeviceNotFoundError("no", device_id) for _ in range(5)])
            link, diary = started(wire, device_id)
            await asyncio.sleep(60)
            await link.close()
            return diary.seconds("lost")

        return run(main())

    assert pauses("godirect/A") == pauses("godirect/A")
    assert pauses("godirect/A") != pauses("godirect/B")


def test_a_fault_of_ours_in_one_wire_is_told_and_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        wire = Wire([ZeroDivisionError("a fault of ours")])
        link, diary = started(wire)
        await asyncio.sleep(0.2)
        assert isinstance(link.failure, DeviceConnectionError)
        await asyncio.sleep(1.0)
        assert diary.states == ["lost", "open"]
        assert link.failure is None
        await link.close()

    with caplog.at_level(logging.ERROR):
        run(main())
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.6, 1.3])
def test_closing_at_any_moment_leaves_the_wire_closed(after_s: float) -> None:
    """While it opens, while it is open, while it is being dropped, while it waits."""

    async def main() -> None:
        wire = Wire(close_s=0.5)
        link, diary = started(wire)
        asyncio.get_running_loop().call_later(0.4, lambda: wire.n_opened and wire.lost("gone"))
        await asyncio.sleep(after_s)
        await link.close()
        assert wire.n_closing == wire.n_closed >= 1
        assert diary.states[-1] == "closed"
        n_entries = len(diary)
        await asyncio.sleep(100)
        assert len(diary) == n_entries

    run(main())
