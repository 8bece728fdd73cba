"""Keeps one wire open: turns what the transport stamped into entries, notices silence, comes back.

It never gives up until it is closed, and never blocks another link.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine

from biofeedback.core.clock import Clock
from biofeedback.core.entry import Entry, LinkChange, LinkState, Packet
from biofeedback.core.errors import DeviceConnectionError, DeviceError
from biofeedback.core.ports import Send, Transport

__all__ = ["Link"]

logger = logging.getLogger(__name__)

SILENCE_S = 1.8
"""No byte for so long is called silence: under 2 s, and above the longest packet known, 1.4 s."""
GIVE_UP_SILENT_S = 8.0
"""A wire that says nothing for so long is opened anew: some radios lose a device without a word."""
GIVE_UP_MUTE_S = 30.0
"""The same for a device that has never spoken: its protocol asks it several times first."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 20.0
JITTER = 0.3


class Link:
    """One device's wire.

    Parameters
    ----------
    device_id : str
        Driver and address; names every entry.
    make_transport : callable
        Makes a fresh transport for each attempt.
    clock : Clock
        Stamps link changes; scales all waiting.
    emit : callable
        Takes entries, on the loop.
    silence_s : float
        Without a byte for so long the link is called silent, s.

    Attributes
    ----------
    failure : DeviceError or None
        Why it could not be opened the last time it was tried.
    """

    def __init__(
        self,
        device_id: str,
        make_transport: Callable[[], Transport],
        clock: Clock,
        emit: Callable[[Entry], None],
        silence_s: float = SILENCE_S,
    ) -> None:
        self.device_id = device_id
        self._make_transport = make_transport
        self._clock = clock
        self._emit = emit
        self._silence_s = silence_s
        self._transport: Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._gone_reason = ""
        self._last_ns = 0
        self._has_spoken = False
        self.failure: DeviceError | None = None
        # Jitter keeps two belts from trying in step for ever; a seed by name keeps it the same.
        self._random = random.Random(device_id)

    def start(self) -> None:
        """Begin to open the wire; returns at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_open(), name=f"link {self.device_id}")

    async def send(self, send: Send) -> None:
        """Write bytes.

        Parameters
        ----------
        send : Send
            What the protocol wants written.

        Raises
        ------
        DeviceConnectionError
            If the wire is not open or breaks.
        """
        transport = self._transport
        if transport is None:
            raise DeviceConnectionError(
                f"{self.device_id} is not connected; it is being looked for", self.device_id
            )
        await transport.send(send.endpoint, send.payload)

    async def close(self) -> None:
        """Close the wire for good; twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await self._drop()
        self._gone.set()
        self._change("closed", "closed by us")

    async def _keep_open(self) -> None:
        opened_before = False
        wait_s = FIRST_WAIT_S
        while True:
            try:
                await self._open(opened_before)
            except Exception as failure:
                # A fault of ours in one wire must not end it, let alone the others: it is told.
                if not isinstance(failure, DeviceError):
                    logger.exception("%s: opening failed", self.device_id)
                reason = str(failure) or type(failure).__name__
                self.failure = (
                    failure
                    if isinstance(failure, DeviceError)
                    else DeviceConnectionError(reason, self.device_id)
                )
            else:
                opened_before, self.failure = True, None
                reason = await self._until_gone()
                self._gone.set()
                if self._has_spoken:
                    wait_s = FIRST_WAIT_S
            pause_s = wait_s * (1 + JITTER * self._random.random())
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            self._change("lost", f"{reason} (next try in {pause_s:.1f} s)")
            await self._drop()
            await asyncio.sleep(self._clock.real_s(pause_s))

    async def _open(self, opened_before: bool) -> None:
        self._gone.clear()
        self._has_spoken = False
        transport = self._make_transport()
        try:
            await transport.open(self._received, self._lost)
        except BaseException:
            await _finished(transport.close())
            raise
        self._transport = transport
        self._last_ns = self._clock.now_ns()
        self._change("reopened" if opened_before else "open", "")

    async def _until_gone(self) -> str:
        """Watch the wire; return why it is over."""
        silent = False
        while not self._gone.is_set():
            quiet_s = (self._clock.now_ns() - self._last_ns) / 1e9
            # A device still being asked for its name may take its time.
            if quiet_s > (GIVE_UP_SILENT_S if self._has_spoken else GIVE_UP_MUTE_S):
                return f"said nothing for {quiet_s:.0f} s"
            if quiet_s > self._silence_s and not silent:
                silent = True
                self._change("silent", f"nothing came for {quiet_s:.1f} s")
            elif quiet_s < self._silence_s and silent:
                silent = False
                self._change("resumed", "speaks again")
            until_s = max(0.05, self._silence_s - quiet_s if not silent else 0.2)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), self._clock.real_s(until_s) or 0.01)
        return self._gone_reason

    def _received(self, endpoint: str, payload: bytes, host_time_ns: int) -> None:
        if self._gone.is_set():
            return
        self._last_ns = host_time_ns
        self._has_spoken = True
        self._emit(Packet(host_time_ns, self.device_id, "rx", endpoint, payload))

    def _lost(self, reason: str) -> None:
        self._gone_reason = reason
        self._gone.set()

    async def _drop(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await _finished(transport.close())

    def _change(self, state: LinkState, reason: str) -> None:
        logger.info("%s is %s %s", self.device_id, state, reason)
        self._emit(LinkChange(self._clock.now_ns(), self.device_id, state, reason))


async def _finished(closing: Coroutine[None, None, None]) -> None:
    """Await to the end, even when cancelled meanwhile: a half-closed port stays locked."""
    task = asyncio.ensure_future(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
