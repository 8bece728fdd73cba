from __future__ import annotations

import asyncio
import logging

import pytest

from biofeedback.drivers.ending import ended, seen_through
from firmware_sim.simulated_time import run


async def deaf(times: int) -> None:
    """Swallow so many requests to end, as a library may."""
    for _ in range(times):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(3600)


def test_a_task_that_misses_the_request_is_asked_again() -> None:
    async def main() -> None:
        task = asyncio.create_task(deaf(3))
        await asyncio.sleep(0)
        await ended(task)
        assert task.cancelled()
        assert asyncio.get_running_loop().time() < 1.0

    run(main())


def test_a_wait_that_is_over_in_the_same_turn_does_not_swallow_the_end() -> None:
    """``wait_for`` before Python 3.12 does: the task goes on as if nothing had been asked."""

    async def main() -> None:
        answered = asyncio.Event()

        async def ask_for_ever() -> None:
            while True:
                await asyncio.wait_for(answered.wait(), 10)
                answered.clear()

        task = asyncio.create_task(ask_for_ever())
        for _ in range(3):
            await asyncio.sleep(0)
        answered.set()
        await asyncio.sleep(0)
        await ended(task)
        assert task.done()

    run(main())


def test_what_has_ended_or_failed_by_itself_is_fine() -> None:
    async def main() -> None:
        async def fail() -> None:
            raise ZeroDivisionError

        done, failed = asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(fail())
        await asyncio.sleep(0.1)
        await ended(done, failed)
        await ended()

    run(main())


def test_closing_goes_on_to_its_end_whoever_asks_and_then_the_end_is_told() -> None:
    async def main() -> None:
        closed = []

        async def close() -> None:
            await asyncio.sleep(2.0)
            closed.append(asyncio.get_running_loop().time())

        task = asyncio.create_task(seen_through(close(), 5.0))
        await asyncio.sleep(0.1)
        await ended(task)
        assert closed == [pytest.approx(2.0, abs=0.01)]
        assert task.cancelled()

    run(main())


def test_what_never_closes_is_left_alone_and_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        await seen_through(asyncio.sleep(3600), 5.0)
        assert asyncio.get_running_loop().time() == pytest.approx(5.0, abs=0.01)

    with caplog.at_level(logging.WARNING):
        run(main())
    assert "longer than 5 s" in caplog.text


def test_a_failure_of_closing_is_told_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def close() -> None:
            raise OSError("the port is gone")

        await seen_through(close(), 5.0)

    with caplog.at_level(logging.ERROR):
        run(main())
    assert "the port is gone" in caplog.text
