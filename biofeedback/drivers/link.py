"""Keeps one wire open: turns what the transport stamped into entries, notices silence, comes back.

It never gives up until it is closed, and never blocks another link. The states, their times and
what each says: ``docs/links.md``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

from biofeedback.core.clock import Clock
from biofeedback.core.entry import Entry, LinkChange, LinkState, Packet
from biofeedback.core.errors import DeviceConnectionError, DeviceError
from biofeedback.core.ports import Send, Transport
from biofeedback.drivers.ending import ended, seen_through

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
CLOSED_BY_S = 8.0
"""Longer than a radio may take to say that it has disconnected."""


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
    chance : callable or None
        Gives numbers from 0 to 1 that spread the pauses between attempts. None draws them from a
        source seeded by `device_id`: two belts do not try in step for ever, and a run can be
        repeated.

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
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.device_id = device_id
        self._make_transport = make_transport
        self._clock = clock
        self._emit = emit
        self._silence_s = silence_s
        self._chance = chance or random.Random(device_id).random
        self._transport: Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._gone_reason = ""
        self._last_ns = 0
        self._has_spoken = False
        self._wait_s = FIRST_WAIT_S
        self.failure: DeviceError | None = None

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

    def renew(self, reason: str) -> None:
        """Open the wire anew after a pause: the device was reached, but did not do its part.

        Parameters
        ----------
        reason : str
            Why, in words.
        """
        self._has_spoken = False  # nothing of use: the next pause is longer
        self._lost(reason)

    async def close(self) -> None:
        """Close the wire for good; twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        await ended(task)
        await self._drop()
        self._gone.set()
        self._change("closed", "closed by us")

    async def _keep_open(self) -> None:
        n_tries, lost_ns, reason = 0, None, ""
        while True:
            n_tries += 1
            try:
                await self._open(n_tries, lost_ns, reason)
            except Exception as failure:
                reason = self._failed(failure)
            else:
                self.failure = None
                reason = await self._until_gone()
                n_tries, lost_ns = 0, self._clock.now_ns()
                self._gone.set()
                if self._has_spoken:
                    self._wait_s = FIRST_WAIT_S
            pause_s = self._wait_s * (1 + JITTER * self._chance())
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            self._change("lost", f"{reason} (next try in {pause_s:.1f} s)")
            await self._drop()
            await asyncio.sleep(self._clock.real_s(pause_s))

    async def _open(self, n_tries: int, lost_ns: int | None, reason: str) -> None:
        """Try once; `lost_ns` is when it was open last, `reason` what went wrong before."""
        told = "looking for it" if n_tries == 1 else f"looking for it, try {n_tries}"
        self._change("opening", f"{told}; {reason}" if reason else told)
        self._gone.clear()
        self._has_spoken = False
        begun_ns = self._clock.now_ns()
        transport = self._make_transport()
        try:
            await transport.open(self._received, self._lost)
        except BaseException:
            await seen_through(transport.close(), CLOSED_BY_S)
            raise
        self._transport = transport
        self._last_ns = now_ns = self._clock.now_ns()
        self._change(
            "open" if lost_ns is None else "reopened",
            f"connected in {(now_ns - begun_ns) / 1e9:.1f} s"
            if lost_ns is None
            else f"back after {(now_ns - lost_ns) / 1e9:.1f} s",
            getattr(transport, "rssi_dbm", None),  # where the transport knows it
        )

    def _failed(self, failure: Exception) -> str:
        """Keep why it could not be opened; return it in words."""
        # A fault of ours in one wire must not end it, let alone the others: it is told.
        if not isinstance(failure, OSError | DeviceError):
            logger.exception("%s: opening failed", self.device_id, exc_info=failure)
        reason = str(failure) or type(failure).__name__
        self.failure = (
            failure
            if isinstance(failure, DeviceError)
            else DeviceConnectionError(reason, self.device_id)
        )
        return reason

    async def _until_gone(self) -> str:
        """Watch the wire; return why it is over."""
        silent_ns: int | None = None
        while not self._gone.is_set():
            now_ns = self._clock.now_ns()
            quiet_s = (now_ns - self._last_ns) / 1e9
            # A device still being asked for its name may take its time.
            if quiet_s > (GIVE_UP_SILENT_S if self._has_spoken else GIVE_UP_MUTE_S):
                return f"said nothing for {quiet_s:.0f} s"
            if quiet_s > self._silence_s and silent_ns is None:
                silent_ns = self._last_ns
                self._change("silent", f"nothing came for {quiet_s:.1f} s")
            elif quiet_s < self._silence_s and silent_ns is not None:
                self._change("resumed", f"speaks again after {(now_ns - silent_ns) / 1e9:.1f} s")
                silent_ns = None
            until_s = max(0.05, self._silence_s - quiet_s if silent_ns is None else 0.2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._clock.real_s(until_s) or 0.01):
                    await self._gone.wait()
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
            await seen_through(transport.close(), CLOSED_BY_S)

    def _change(self, state: LinkState, reason: str, rssi_dbm: float | None = None) -> None:
        logger.info("%s is %s: %s", self.device_id, state, reason)
        self._emit(LinkChange(self._clock.now_ns(), self.device_id, state, reason, rssi_dbm))
