"""Keep the machine from going to sleep during a session, where the platform lets us ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["kept_awake"]


@contextmanager
def kept_awake() -> Iterator[bool]:
    """Ask the platform not to suspend while the block runs.

    The screen may still go dark. Where the platform has nobody to ask (a container, a bare
    server), the block runs all the same.

    Yields
    ------
    promised : bool
        Whether the platform agreed.
    """
    from wakepy import keep

    with keep.running(on_fail="pass") as mode:
        yield bool(mode.active)
