"""What a person at the window can do, without the window: find, wear, record, mark, stop.

Everything that touches radio or disk runs on the engine's loop, in the order asked for; callers
get futures and never wait.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from biofeedback.core.clock import Clock, RealClock
from biofeedback.core.entry import Command
from biofeedback.core.ports import StreamKind
from biofeedback.core.roles import Role
from biofeedback.drivers.registry import driver, protocol_for
from biofeedback.drivers.scan import Found
from biofeedback.recording.layout import ClockPair, DeviceDescription, SessionDescription, home
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.engine import Engine, Mail, Wires
from biofeedback.session.instrument import Instrument
from biofeedback.session.kernel import Kernel
from biofeedback.session.place import OpenPlace, Place, device_id_of, surroundings
from biofeedback.session.remembered import last_places, remember
from biofeedback.session.review import Review
from biofeedback.session.sessions import new_folder

__all__ = ["State", "Studio"]

T = TypeVar("T")
State = Literal["waiting", "seen", "recording", "saving"]


class Studio:
    """One window's instrument, for as long as the window is open.

    With the first sensor a session folder is begun, so that handshakes are kept too. `record`
    marks where it is meant to be kept from; `stop` ends and saves it, and the same sensors go on
    in the next.

    Parameters
    ----------
    open_place : callable
        Gives the place where sensors are looked for; entered on the engine's loop.
    clock : Clock or None
        None is the machine's own.
    person : str
        Pseudonym; may be empty.

    Attributes
    ----------
    person : str
        Pseudonym; may be empty.
    found : dict of str to Found
        What the last scans found, by device id.
    roles : dict of str to Role
        What is worn where, by device id.
    connected : tuple of str
        Devices of this session, in the order in which they came.
    problem : str
        What could not be done, in words; empty when all is well.
    folder : Path or None
        Where this session goes.
    saved : Path or None
        The last recording that was stopped.
    """

    def __init__(
        self,
        open_place: OpenPlace = surroundings,
        clock: Clock | None = None,
        person: str = "",
    ) -> None:
        self.found: dict[str, Found] = {}
        self.roles: dict[str, Role] = {}
        self.connected: tuple[str, ...] = ()
        self.problem, self._record_ns = "", 0
        self.folder: Path | None = None
        self.saved: Path | None = None
        self._clock = clock or RealClock()
        self.person = person
        self._open_place = open_place
        self._place: Place | None = None
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()
        self._writer: SessionWriter | None = None
        self._description = SessionDescription((), person)
        self._state: State = "waiting"
        self._engine = Engine(Instrument(Kernel({})), self._clock, self._wires)

    @property
    def state(self) -> State:
        """Nothing connected yet; sensors seen but not kept; recording; saving."""
        return self._state

    @property
    def recorded_s(self) -> float:
        """How long has been recorded since `record`, s; 0 when not recording."""
        if self._state != "recording":
            return 0.0
        return (self._clock.now_ns() - self._record_ns) / 1e9

    @property
    def now_ns(self) -> int:
        """The clock that stamps everything."""
        return self._clock.now_ns()

    def waited_ms(self, since_ns: int) -> float:
        """Return how long ago something was, on the wall.

        Parameters
        ----------
        since_ns : int
            On the studio's clock, which may run faster.

        Returns
        -------
        waited_ms : float
        """
        return self._clock.real_s((self.now_ns - since_ns) / 1e9) * 1e3

    @property
    def dropped(self) -> int:
        """Snapshots nobody looked at in time."""
        return self._engine.mailbox.dropped

    def size_bytes(self) -> int:
        """Return how much of this session is on the disk, bytes."""
        if self.folder is None or not self.folder.is_dir():
            return 0
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def free_bytes(self) -> int:
        """Return how much the disk of the sessions still takes, bytes."""
        root = home()
        while not root.exists():
            root = root.parent
        return shutil.disk_usage(root).free

    def open(self) -> None:
        """Start the engine and open the place.

        Raises
        ------
        BiofeedbackError
            If the place cannot be opened at all.
        """
        self._engine.start()

    def close(self, *, keep: bool = True) -> None:
        """Save what is recorded and end the engine. Twice is harmless.

        Parameters
        ----------
        keep : bool
            Keep a session that was never marked by `record`; False deletes it.
        """
        try:
            if self._engine.running:
                self._engine.call(self._in_turn(self._finish(keep))).result()
        finally:
            self._engine.stop()

    def take_mail(self) -> list[Mail]:
        """Take every snapshot that waits, oldest first."""
        return self._engine.mailbox.take_all()

    def use(self, open_place: OpenPlace) -> Future[None]:
        """Look for sensors in another place from now on.

        Parameters
        ----------
        open_place : callable
            Such as the simulator's.
        """

        async def move() -> None:
            self._place = await self._stack.enter_async_context(open_place(self._clock))

        return self._ask(move())

    def scan(self, timeout_s: float = 5.0) -> Future[list[Found]]:
        """Look for sensors; they are added to `found`.

        Parameters
        ----------
        timeout_s : float
            How long to listen, s.

        Returns
        -------
        found : Future of list of Found
        """

        async def look() -> list[Found]:
            assert self._place is not None
            found, self.problem = await self._place.scan(timeout_s)
            worn = {name: self.found[name] for name in self.connected}
            self.found = worn | {device_id_of(one): one for one in found}
            return found

        return self._ask(look())

    def kinds(self, device_id: str) -> tuple[StreamKind, ...]:
        """Return the kinds of streams a device gives.

        Parameters
        ----------
        device_id : str
            Driver and address.

        Returns
        -------
        kinds : tuple of StreamKind
        """
        return driver(device_id).kinds

    def wear(self, device_id: str, role: Role | None) -> Future[None]:
        """Connect a found device, unless it is, and say where it is worn.

        Parameters
        ----------
        device_id : str
            One of `found`.
        role : Role or None
            Its place; a sensor that was there is taken off. None takes this one off.
        """
        now_ns = self.now_ns

        async def put_on() -> None:
            await self._connect(device_id)
            for other, worn in tuple(self.roles.items()):
                if worn is role and other != device_id:
                    self._assign(now_ns, other, None)
            self._assign(now_ns, device_id, role)
            await asyncio.to_thread(remember, dict(self.roles), dict(self.found))

        return self._ask(put_on())

    def wear_as_last(self) -> Future[None]:
        """Put every found sensor where it was worn last time."""
        now_ns = self.now_ns

        async def put_on() -> None:
            for device_id, role in last_places(self.found, self.roles).items():
                await self._connect(device_id)
                self._assign(now_ns, device_id, role)

        return self._ask(put_on())

    def swap_belts(self) -> Future[None]:
        """Let the two belts change names."""
        now_ns = self.now_ns
        other = {Role.CHEST_BELT: Role.ABDOMEN_BELT, Role.ABDOMEN_BELT: Role.CHEST_BELT}

        async def swap() -> None:
            belts = {name: other[role] for name, role in self.roles.items() if role in other}
            for device_id in belts:
                self._assign(now_ns, device_id, None)
            for device_id, role in belts.items():
                self._assign(now_ns, device_id, role)

        return self._ask(swap())

    def record(self) -> Future[None]:
        """Mark where the recording is meant to be kept from."""
        now_ns = self.now_ns

        async def mark() -> None:
            if self._writer is not None and self._state == "seen":
                self.give(Command(now_ns, "record", {}))
                self._state, self._record_ns = "recording", now_ns

        return self._ask(mark())

    def stop(self) -> Future[Path | None]:
        """End and save the recording; the same sensors go on in a new session.

        Returns
        -------
        folder : Future of Path or None
            What was saved.
        """
        now_ns = self.now_ns

        async def save() -> Path | None:
            if self._state != "recording":
                return None
            self.give(Command(now_ns, "stop", {}))
            worn, roles = self.connected, dict(self.roles)
            await self._finish(keep=True)
            for device_id in worn:
                await self._connect(device_id)
            for device_id, role in roles.items():
                self._assign(self.now_ns, device_id, role)
            return self.saved

        return self._ask(save())

    def give(self, *commands: Command) -> None:
        """Give commands to the instrument.

        Parameters
        ----------
        *commands : Command
            In order.
        """
        for command in commands:
            self._engine.command(command)

    def mark(self, text: str) -> None:
        """Set a mark, now.

        Parameters
        ----------
        text : str
            ``cough``, ``position`` …
        """
        self.give(Command(self.now_ns, "mark", {"text": text}))

    def task(self, name: str, side: str = "", own_band: bool = False) -> None:
        """Announce what the person does from now on.

        Parameters
        ----------
        name : str
            ``hold``, ``walk``, ``sit_to_stand`` …; empty when it is over.
        side : str
            ``left``, ``right`` or empty.
        own_band : bool
            How steady one is becomes part of the own band of this task.
        """
        self.give(Command(self.now_ns, "task", {"name": name, "side": side, "baseline": own_band}))

    def note(self, text: str) -> None:
        """Write a note, now.

        Parameters
        ----------
        text : str
            Free words.
        """
        self.give(Command(self.now_ns, "note", {"text": text}))

    def baseline(self) -> None:
        """Take the minute before as the person's own baseline."""
        self.give(Command(self.now_ns, "baseline", {}))

    def load_ahead(self) -> Future[object]:
        """Load what the first sensor will need, in the background."""
        return self._engine.call(asyncio.to_thread(import_module, "biofeedback.signal.setups"))

    def review(self, folder: Path) -> Future[Review]:
        """Read a recorded session, in the background.

        Parameters
        ----------
        folder : Path
            Session folder, or a file inside it.

        Returns
        -------
        review : Future of Review
        """
        return self._engine.call(asyncio.to_thread(Review, folder))

    def _assign(self, now_ns: int, device_id: str, role: Role | None) -> None:
        if role is None:
            self.roles.pop(device_id, None)
        else:
            self.roles[device_id] = role
        arguments = {"stream": device_id, "role": role and role.value}
        self.give(Command(now_ns, "assign", arguments))

    def _ask(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return self._engine.call(self._in_turn(work))

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """One thing after the other, in the order asked for; what fails is told."""
        async with self._lock:
            try:
                return await work
            except Exception as failure:
                self.problem = str(failure)
                raise

    @asynccontextmanager
    async def _wires(self) -> AsyncIterator[Wires]:
        async with self._stack:
            self._place = await self._stack.enter_async_context(self._open_place(self._clock))
            yield {}

    async def _connect(self, device_id: str) -> None:
        if device_id in self.connected:
            return
        found = self.found[device_id]
        protocol = protocol_for(device_id)
        if self._writer is None:
            await self._begin()
        assert self._writer is not None
        assert self._place is not None
        described = DeviceDescription(device_id, found.driver)
        self._description = dataclasses.replace(
            self._description, devices=(*self._description.devices, described)
        )
        # Before its first byte: a recording cut short can then still be read.
        await asyncio.to_thread(self._writer.describe, self._description)
        self.connected = (*self.connected, device_id)
        await self._engine.add(device_id, protocol, self._place.wire(device_id, found))

    async def _begin(self) -> None:
        self._description = self._with_clock(
            SessionDescription((), self.person, source="recorded in the window")
        )
        self._writer = await asyncio.to_thread(
            SessionWriter, new_folder(self.person), self._description
        )
        self.folder = self._writer.folder
        await self._engine.begin(Instrument(Kernel({}), self._writer))
        self._state = "seen"

    async def _finish(self, keep: bool) -> None:
        """Close the links, then the folder."""
        if self._writer is None:
            return
        marked = self._state == "recording"
        self._state = "saving"
        writer, self._writer = self._writer, None
        await self._engine.begin(Instrument(Kernel({})))
        await asyncio.to_thread(writer.close, self._with_clock(self._description))
        self.connected, self.roles, self.folder = (), {}, None
        if marked or keep:
            self.saved = writer.folder
        else:
            await asyncio.to_thread(shutil.rmtree, writer.folder)
        self._state = "waiting"
        if writer.failure is not None:
            raise writer.failure

    def _with_clock(self, description: SessionDescription) -> SessionDescription:
        pair = ClockPair(datetime.now(UTC).isoformat(), self.now_ns)
        return dataclasses.replace(description, clock=(*description.clock, pair))
