"""The leak checks of conftest.py fail where they should."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1] / "conftest.py"

THREAD = """
import threading

def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, args=(30,), daemon=True).start()
"""

TASK = """
import asyncio

async def forever():
    await asyncio.Event().wait()

def test_leaves_a_task():
    loop = asyncio.new_event_loop()
    loop.create_task(forever())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
"""

CLEAN = """
import asyncio, random, threading

def test_cleans_up():
    thread = threading.Thread(target=int)
    thread.start()
    asyncio.run(asyncio.sleep(0))
    assert random.random() == random.Random(20260203).random()
"""


@pytest.mark.parametrize(("body", "errors"), [(THREAD, 1), (TASK, 1), (CLEAN, 0)])
def test_leaks_are_errors(pytester: pytest.Pytester, body: str, errors: int) -> None:
    pytester.makeconftest(CONFTEST.read_text().replace("PATIENCE_S = 2.0", "PATIENCE_S = 0.1"))
    pytester.makepyfile(body)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1, errors=errors)
