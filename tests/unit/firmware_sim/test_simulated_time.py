from __future__ import annotations

import asyncio
import time

import pytest

from firmware_sim.simulated_time import LoopClock, run


def test_a_day_passes_in_no_time():
    async def main():
        clock = LoopClock()
        await asyncio.sleep(clock.real_s(86_400))
        return clock.now_ns()

    before_s = time.process_time()
    assert run(main()) == pytest.approx(86_400e9)
    assert time.process_time() - before_s < 10


def test_sleepers_wake_in_order_and_time_outs_come_when_they_should():
    async def main():
        woken = []

        async def sleep(duration_s):
            await asyncio.sleep(duration_s)
            woken.append((duration_s, round(asyncio.get_running_loop().time(), 6)))

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await asyncio.gather(*(sleep(s) for s in (3.0, 1.0, 2.0)))
        return woken

    assert run(main()) == [(1.0, 1.0), (2.0, 2.0)]


def test_threads_are_waited_for():
    async def main():
        return await asyncio.to_thread(lambda: "done")

    assert run(main()) == "done"
