"""Where time and threads enter: one asyncio thread runs all links and the instrument.

The screen never waits for it: snapshots go into a bounded mailbox and are pulled. A frozen
screen loses old snapshots, which are counted; the recording is not touched.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from biofeedback.core.clock import Clock
from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.errors import DeviceError
from biofeedback.core.ports import DeviceProtocol, Send, Transport
from biofeedback.core.results import DeviceStatus
from biofeedback.drivers.ending import ended
from biofeedback.drivers.link import Link
from biofeedback.session.instrument import Instrument
from biofeedback.session.snapshot import Snapshot

__all__ = ["Engine", "Mail", "Mailbox", "Wires"]

logger = logging.getLogger(__name__)

TICK_S = 0.25
# Entries that come within this time are fed together and painted together: about 30 pictures a
# second, so that a packet is painted within 50 ms, and one pass of the stages instead of one per
# packet of a 100 Hz sensor.
GATHER_S = 0.03
CLOSING_S = 0.3
Wires = Mapping[str, Callable[[], Transport]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mail:
    """A snapshot on its way to the screen.

    Parameters
    ----------
    snapshot : Snapshot
        What became known.
    received_ns : tuple of int
        Host times of the packets in it: each waits for its picture, not only the newest.
    published_ns : int
        When it was put in the mailbox, same clock.
    """

    snapshot: Snapshot
    received_ns: tuple[int, ...]
    published_ns: int


class Mailbox:
    """A bounded queue between the engine's thread and whoever looks.

    Parameters
    ----------
    capacity : int
        Snapshots kept; 3000 are about half a minute of two belts and a 100 Hz IMU.
    """

    def __init__(self, capacity: int = 3000) -> None:
        self._mail: deque[Mail] = deque(maxlen=capacity)
        self._n_put = 0
        self._n_taken = 0

    def put(self, mail: Mail) -> None:
        """Put a snapshot in; the oldest falls out when full.

        Parameters
        ----------
        mail : Mail
            What to put in.
        """
        self._mail.append(mail)
        self._n_put += 1

    def take_all(self) -> list[Mail]:
        """Take everything that waits, oldest first."""
        taken: list[Mail] = []
        while True:
            try:
                taken.append(self._mail.popleft())
            except IndexError:
                self._n_taken += len(taken)
                return taken

    @property
    def dropped(self) -> int:
        """Snapshots that fell out unseen; approximate while the engine is running."""
        return max(0, self._n_put - self._n_taken - len(self._mail))


class Engine:
    """Runs links and instrument in a thread of its own.

    Bleak wants one loop for life, and a thread that no GUI toolkit has touched (on Windows a
    fresh thread becomes MTA with its first radio call, which is what bleak needs).

    Parameters
    ----------
    instrument : Instrument
        Fed by nobody else.
    clock : Clock
        Stamps everything.
    open_wires : callable
        Returns an async context manager, entered on the engine's loop before any link opens,
        that gives ``device_id -> transport factory``. The demo starts its simulated radio here.
    """

    def __init__(
        self,
        instrument: Instrument,
        clock: Clock,
        open_wires: Callable[[], AbstractAsyncContextManager[Wires]],
    ) -> None:
        self.mailbox = Mailbox()
        self._instrument = instrument
        self._clock = clock
        self._open_wires = open_wires
        self._inbox: list[Entry] = []
        self._arrived = asyncio.Event()
        self._links: dict[str, Link] = {}
        self._outboxes: dict[str, asyncio.Queue[Send]] = {}
        self._posts: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runs = False
        self._stopping = asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="biofeedback-engine", daemon=True)

    def start(self) -> None:
        """Start the thread and wait until the wires are there.

        Raises
        ------
        BiofeedbackError
            If the wires could not be opened at all (no Bluetooth, no permission).
        """
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def command(self, command: Command) -> None:
        """Give a command from any thread; it is stamped by the caller.

        Parameters
        ----------
        command : Command
            What a person did.
        """
        if self._loop is not None and self._runs:
            self._loop.call_soon_threadsafe(self._emit, command)

    def call(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run something on the engine's loop, the only one that may touch the radio.

        Parameters
        ----------
        work : coroutine
            A scan, say. It must end by itself before the engine is stopped.

        Returns
        -------
        future : Future
            Its result, for any thread.
        """
        assert self._loop is not None, "start the engine first"
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def begin(self, instrument: Instrument) -> None:
        """Say goodbye to every device and go on with another instrument; on the engine's loop.

        Parameters
        ----------
        instrument : Instrument
            A fresh one. The one before has been fed everything when this returns.
        """
        if self._links:
            await self._say_goodbye()
        await ended(*self._posts.values())
        await asyncio.gather(*(link.close() for link in self._links.values()))
        self._drain()
        self._links, self._outboxes, self._posts = {}, {}, {}
        # What an old device still had to be told is meant for nobody now.
        self._inbox = []
        self._instrument = instrument
        self._emit(Tick(self._clock.now_ns()))

    async def add(
        self, device_id: str, protocol: DeviceProtocol, make_transport: Callable[[], Transport]
    ) -> None:
        """Take one more device and begin to open its wire; on the engine's loop.

        Parameters
        ----------
        device_id : str
            Driver and address; a known one is left as it is.
        protocol : DeviceProtocol
            Its language.
        make_transport : callable
            Makes a fresh transport for each attempt.
        """
        if device_id in self._links:
            return
        self._drain()
        self._instrument.add(device_id, protocol)
        self._connect(device_id, make_transport)

    def stop(self) -> None:
        """Say goodbye to every device, close the links, end the thread. Twice is harmless.

        Raises
        ------
        BaseException
            Whatever ended the engine before it was asked to.
        """
        if self._loop is not None and self._runs:
            self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread.ident is not None:
            self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    @property
    def running(self) -> bool:
        """Whether it takes commands and does work."""
        return self._runs

    def _run(self) -> None:
        try:
            asyncio.run(self.run())
        except BaseException as failure:
            logger.exception("the engine stopped")
            self._failure = failure
        finally:
            self._started.set()

    async def run(self) -> None:
        """Do all the work, on the loop that runs this, until `stop` is called.

        `start` does so on a thread of its own; simulated time needs a loop of its own kind.
        """
        self._loop = asyncio.get_running_loop()
        async with self._open_wires() as wires:
            self._emit(Tick(self._clock.now_ns()))
            for device_id, make_transport in wires.items():
                self._connect(device_id, make_transport)
            self._runs = True
            self._started.set()
            self._work_on(self._tick())
            self._work_on(self._pump())
            try:
                await self._stopping.wait()
                if self._failure is not None:
                    raise self._failure
                await self._say_goodbye()
            finally:
                self._runs = False
                await ended(*self._working)
                await asyncio.gather(*(link.close() for link in self._links.values()))
                self._drain()

    def _connect(self, device_id: str, make_transport: Callable[[], Transport]) -> None:
        self._outboxes[device_id] = asyncio.Queue()
        link = self._links[device_id] = Link(device_id, make_transport, self._clock, self._emit)
        self._posts[device_id] = self._work_on(self._post(device_id))
        link.start()

    def _work_on(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something until the end; a failure of it is ours, and ends everything."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._worked)
        return task

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
            self._stopping.set()

    async def _tick(self) -> None:
        while True:
            self._emit(Tick(self._clock.now_ns()))
            await asyncio.sleep(self._clock.real_s(TICK_S))

    async def _pump(self) -> None:
        """Feed what came, a little gathered."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER_S)
            self._arrived.clear()
            self._drain()

    async def _post(self, device_id: str) -> None:
        """Write to one device, in order; a slow one does not delay the others."""
        while True:
            send = await self._outboxes[device_id].get()
            try:
                await self._links[device_id].send(send)
            except DeviceError as failure:
                # The link notices by itself that the wire is gone and reconnects; the
                # protocol's time-out does the rest.
                logger.warning("could not send to %s: %s", device_id, failure)

    async def _say_goodbye(self) -> None:
        """Let the protocols send their last bytes, and give those time to leave."""
        for device_id in self._links:
            self._emit(LinkChange(self._clock.now_ns(), device_id, "closing", "stopped by us"))
        await asyncio.sleep(CLOSING_S)

    def _emit(self, entry: Entry) -> None:
        self._inbox.append(entry)
        self._arrived.set()

    def _drain(self) -> None:
        """Feed everything that waits; queue what the protocols want written."""
        entries, self._inbox = self._inbox, []
        if not entries:
            return
        sends, snapshot = self._instrument.feed(entries)
        for addressed in sends:
            send = addressed.send
            # What is handed over is an entry like any other: a replay compares it.
            self._emit(
                Packet(
                    self._clock.now_ns(),
                    addressed.device_id,
                    "tx",
                    send.endpoint,
                    send.payload,
                )
            )
            self._outboxes[addressed.device_id].put_nowait(send)
        for event in snapshot.events:
            if isinstance(event, DeviceStatus) and event.name == "refused":
                self._links[event.device_id].renew(event.detail)
        received_ns = tuple(
            entry.host_time_ns
            for entry in entries
            if isinstance(entry, Packet) and entry.direction == "rx"
        )
        self.mailbox.put(Mail(snapshot, received_ns, self._clock.now_ns()))
