from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from biofeedback.core.clock import SimulatedClock
from biofeedback.core.entry import Entry, Tick
from biofeedback.recording.layout import SessionDescription
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.player import Player

START_NS = 7_000_000_000
# Ten seconds, ten entries a second.
ENTRIES = [Tick(START_NS + number * 100_000_000) for number in range(101)]


class ToldClock:
    """A clock that jumps over every wait and keeps what was asked for."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.time_ns = 0
        self.waited_s: list[float] = []

    def now_ns(self) -> int:
        return self.time_ns

    def real_s(self, duration_s: float) -> float:
        self.time_ns += round(duration_s * 1e9)
        self.waited_s.append(duration_s / self.speed)
        return 0.0


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SessionReader:
    folder = tmp_path_factory.mktemp("player") / "s"
    with SessionWriter(folder, SessionDescription(())) as writer:
        for entry in ENTRIES:
            writer.write_entry(entry)
    return SessionReader(folder)


def play(player: Player, most: int = 10_000, seeks: dict[int, float] | None = None) -> list[Entry]:
    """Take entries; seek after so many of them."""

    async def run() -> list[Entry]:
        given: list[Entry] = []
        async for entry in player:
            given.append(entry)
            if seeks and len(given) in seeks:
                player.seek(seeks[len(given)])
            if len(given) == most:
                break
        return given

    return asyncio.run(run())


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_entries_come_in_order_at_their_pace(reader: SessionReader, speed: float) -> None:
    clock = ToldClock(speed)
    assert play(Player(reader, clock)) == ENTRIES
    assert clock.waited_s == pytest.approx([0.1 / speed] * 100)


def test_a_late_listener_is_not_waited_for(reader: SessionReader) -> None:
    clock = ToldClock()
    player = Player(reader, clock)

    async def run() -> None:
        async for _ in player:
            # Whoever listens takes 0.25 s for every entry of 0.1 s.
            clock.time_ns += 250_000_000

    asyncio.run(run())
    assert clock.waited_s == []


def test_a_simulated_clock_moves_along(reader: SessionReader) -> None:
    clock = SimulatedClock(5)
    assert play(Player(reader, clock)) == ENTRIES
    assert clock.now_ns() == 5 + 10_000_000_000


def test_what_comes_before_the_start_is_given_at_once(reader: SessionReader) -> None:
    clock = ToldClock()
    assert play(Player(reader, clock, start_s=9.0)) == ENTRIES
    assert clock.waited_s == pytest.approx([0.1] * 10)


def test_seeking_forward_gives_all_in_between_at_once(reader: SessionReader) -> None:
    clock = ToldClock()
    player = Player(reader, clock)
    assert play(player, seeks={11: 8.0}) == ENTRIES
    assert player.round == 0
    assert sum(clock.waited_s) == pytest.approx(1.0 + 2.0)


def test_seeking_back_begins_a_new_round(reader: SessionReader) -> None:
    clock = ToldClock()
    player = Player(reader, clock)
    given = play(player, seeks={51: 2.0})
    assert given == ENTRIES[:51] + ENTRIES
    assert player.round == 1
    assert player.now_s == pytest.approx(10.0)
    assert sum(clock.waited_s) == pytest.approx(5.0 + 8.0)


def test_seeking_beyond_the_end_ends(reader: SessionReader) -> None:
    clock = ToldClock()
    assert play(Player(reader, clock), seeks={1: 99.0}) == ENTRIES
    assert clock.waited_s == []


def test_a_loop_begins_again(reader: SessionReader) -> None:
    player = Player(reader, ToldClock(), loop=True)
    assert play(player, most=250) == (ENTRIES * 3)[:250]
    assert player.round == 2


def test_a_loop_over_nothing_ends(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", SessionDescription(())):
        pass
    assert play(Player(SessionReader(tmp_path / "s"), ToldClock(), loop=True)) == []
