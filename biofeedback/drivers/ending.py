"""Ending asyncio work that may not hear the request to end.

A request to cancel can get lost: ``asyncio.wait_for`` before Python 3.12 drops it when its own
wait is over in the same turn of the loop (CPython gh-86296), and so may any radio library. Whoever
then waits for the task waits for ever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

__all__ = ["ended", "seen_through"]

logger = logging.getLogger(__name__)

ASK_AGAIN_S = 0.1


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, again and again until they hear it; their failures are not raised.

    Parameters
    ----------
    *tasks : Task
        Done ones are fine.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=ASK_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)


async def seen_through(work: Coroutine[Any, Any, None], limit_s: float) -> None:
    """Await to the end, even when cancelled meanwhile: a half-closed port stays locked.

    Parameters
    ----------
    work : coroutine
        Closes something; a failure of it is logged, since there is nothing left to close.
    limit_s : float
        After so long, s, it is cancelled and left alone: some drivers never return.

    Raises
    ------
    CancelledError
        At the end, if asked to end meanwhile.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    until_s = loop.time() + limit_s
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and loop.time() < until_s:
        try:
            await asyncio.wait({task}, timeout=until_s - loop.time())
        except asyncio.CancelledError as request:
            cancelled = request
    if not task.done():
        logger.warning("closing took longer than %.0f s and is left alone", limit_s)
        task.cancel()
    elif not task.cancelled() and (failure := task.exception()) is not None:
        logger.error("closing failed", exc_info=failure)
    if cancelled is not None:
        raise cancelled
