"""For every test: fixed seeds, and no thread or asyncio task may outlive it."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "project",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

ALONE = ("tests/radio/", "tests/e2e/", "tests/gui/test_xvfb.py")
"""Where time is that of the wall, which work beside it would disturb."""
PATIENCE_S = 2.0
"""How long an ending thread may take to end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(config.rootpath).as_posix().startswith(ALONE):
            item.add_marker("alone")


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(20260203)
    np.random.seed(20260203)  # noqa: NPY002 - what libraries may still use


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    leaked = set(threading.enumerate()) - before
    for thread in leaked:
        thread.join(PATIENCE_S)
    alive = sorted(thread.name for thread in leaked if thread.is_alive())
    assert not alive, f"threads outlive the test: {alive}"


@pytest.fixture(autouse=True)
def _no_leaked_tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: list[asyncio.Task[Any]] = []
    create_task = asyncio.BaseEventLoop.create_task

    def noted(loop: asyncio.BaseEventLoop, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task = create_task(loop, *args, **kwargs)
        made.append(task)
        return task

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_task", noted)
    yield
    # A loop that still runs belongs to a thread of a wider fixture; its tasks may go on.
    leaked = [t for t in made if not t.done() and not t.get_loop().is_running()]
    assert not leaked, f"tasks outlive the test: {leaked}"
