"""The instrument as one function: entries in, snapshots and bytes to send out.

Pure: no clock, no thread, no I/O. ``feed`` is ``feed_all`` of one entry, and any grouping of the
same entries gives the same rows, events and sends, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, LinkState, Packet, Tick
from biofeedback.core.ports import (
    Addressed,
    DeviceInfo,
    DeviceProtocol,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
)
from biofeedback.core.results import CommandHeard, DeviceStatus
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, StreamInfo
from biofeedback.session.rows import heard_at, joined, renamed
from biofeedback.session.snapshot import LinkStatus, Snapshot
from biofeedback.signal.align import AlignedStream, Aligner, waiting_times
from biofeedback.signal.setups import aligned_columns, native_pipeline, table_pipeline
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.timeline import Timeline

__all__ = ["Kernel"]

GRID_RATE_HZ = 50.0
# Native rows kept for the next aligner when sensors change: longer than any row may wait
# (1.5 x the longest packet known, 1.4 s) plus the longest bridged gap.
RECENT_S = 6.0


@dataclasses.dataclass(slots=True)
class _Stream:
    """One stream of one device, on its way to the table."""

    key: str
    source: SampleStream
    timeline: Timeline
    role: Role | None = None
    sign: float = 1.0
    info: StreamInfo | None = None
    pipeline: Pipeline | None = None
    segment: int = 0
    next_index: int = 0
    pending: list[Chunk] = dataclasses.field(default_factory=list)
    waiting: list[CommandHeard] = dataclasses.field(default_factory=list)
    recent: list[Chunk] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class _Device:
    """One device and what is known of it."""

    protocol: DeviceProtocol
    state: LinkState = "closed"
    reason: str = "not opened yet"
    ready: bool = False
    info: DeviceInfo = dataclasses.field(default_factory=lambda: DeviceInfo(""))
    streams: dict[str, _Stream] = dataclasses.field(default_factory=dict)
    battery_pct: float = float("nan")
    rate_hz: float = float("nan")
    received: int = 0
    lost: int = 0
    garbage: int = 0
    last_sample_s: float = float("nan")


class Kernel:
    """The instrument.

    Parameters
    ----------
    protocols : mapping of str to DeviceProtocol
        Language of each device by ``device_id``; the kernel is their only caller.
    """

    def __init__(self, protocols: Mapping[str, DeviceProtocol]) -> None:
        self._devices = {name: _Device(protocol) for name, protocol in protocols.items()}
        self._origin_ns: int | None = None
        self._now_ns = 0
        self._now_s = 0.0
        self._assigned: dict[str, tuple[Role, float]] = {}
        self._events: list[Event] = []
        self._sends: list[Addressed] = []
        self._nows: list[float] = []
        self._native: dict[str, list[Chunk]] = {}
        self._table: list[Chunk] = []
        self._aligner: Aligner | None = None
        self._on_table: list[_Stream] = []
        self._pipeline: Pipeline | None = None
        self._table_segment = 0
        self._next_grid_s = 0.0
        self._waiting: list[CommandHeard] = []

    def add(self, device_id: str, protocol: DeviceProtocol) -> None:
        """Take one more device, before anything of it was fed.

        A kernel that knew it from the start, in the same order, gives the same outputs.

        Parameters
        ----------
        device_id : str
            Driver and address; a known one is left as it is.
        protocol : DeviceProtocol
            Its language.
        """
        self._devices.setdefault(device_id, _Device(protocol))

    def feed(self, entry: Entry) -> tuple[Snapshot | Addressed, ...]:
        """Take one entry.

        Parameters
        ----------
        entry : Entry
            Whatever happened next.

        Returns
        -------
        outputs : tuple of Addressed or Snapshot
            Bytes to send, in order, then one snapshot. No entry is ever left half processed.
        """
        return self.feed_all((entry,))

    def feed_all(self, entries: Iterable[Entry]) -> tuple[Snapshot | Addressed, ...]:
        """Take entries in order and run the stages once over everything they brought.

        Parameters
        ----------
        entries : iterable of Entry
            In feed order.

        Returns
        -------
        outputs : tuple of Addressed or Snapshot
            Bytes to send, in order, then one snapshot: what feeding one by one would have given,
            put together.
        """
        for entry in entries:
            self._take(entry)
        self._flush()
        events, self._events = self._events, []
        sends, self._sends = self._sends, []
        native, self._native = self._native, {}
        table, self._table = self._table, []
        snapshot = Snapshot(
            self._now_s,
            {key: tuple(chunks) for key, chunks in native.items()},
            tuple(table),
            tuple(events),
            tuple(_link_status(name, device) for name, device in self._devices.items()),
        )
        return (*sends, snapshot)

    def _take(self, entry: Entry) -> None:
        if self._origin_ns is None:
            self._origin_ns = entry.host_time_ns
            self._now_ns = entry.host_time_ns - 1
        # Threads may hand over stamps a hair out of order. Session time is strictly increasing,
        # so the order of arrival is the order of entries, however they are grouped.
        self._now_ns = max(self._now_ns + 1, entry.host_time_ns)
        now_s = (self._now_ns - self._origin_ns) / 1e9
        match entry:
            case Command():
                self._flush()
                self._now_s = now_s
                self._command(entry)
            case LinkChange():
                self._now_s = now_s
                self._link_change(entry)
            case Packet(direction="rx"):
                device = self._devices.get(entry.device_id)
                if device is not None:
                    outputs = tuple(device.protocol.receive(entry))
                    self._answers(entry.device_id, device, outputs, now_s, entry.host_time_ns)
            case Tick():
                for name, device in self._devices.items():
                    if device.state in ("open", "silent", "resumed", "reopened"):
                        outputs = tuple(device.protocol.wake(entry.host_time_ns))
                        self._answers(name, device, outputs, now_s, entry.host_time_ns)
            case _:
                pass  # our own bytes, recorded for the replay to compare
        self._now_s = now_s
        self._nows.append(now_s)

    def _command(self, command: Command) -> None:
        """Apply an assignment; let the stages hear everything else with the next row."""
        arguments = dict(command.arguments)
        if command.name == "assign":
            sign = -1.0 if arguments.get("invert") else 1.0
            if arguments["role"] is None:  # taken off
                self._assigned.pop(str(arguments["stream"]), None)
            else:
                self._assigned[str(arguments["stream"])] = (Role(str(arguments["role"])), sign)
            self._rebuild()
        heard = CommandHeard(
            t_s=self._now_s,
            decided_s=self._now_s,
            arrival_s=self._now_s,
            name=command.name,
            arguments=tuple(sorted(arguments.items())),
        )
        self._events.append(heard)
        self._waiting.append(heard)
        for stream in self._on_table:
            stream.waiting.append(heard)

    def _link_change(self, change: LinkChange) -> None:
        device = self._devices.get(change.device_id)
        if device is None:
            return
        device.state, device.reason = change.state, change.reason
        if change.state in ("open", "reopened"):
            device.ready = False
            outputs = tuple(device.protocol.start())
        elif change.state == "closing":
            outputs = tuple(device.protocol.stop())
        else:
            outputs = ()
        if change.state in ("lost", "closed"):
            device.ready = False
            for stream in device.streams.values():
                stream.timeline.interrupted()
        self._answers(change.device_id, device, outputs, self._now_s, change.host_time_ns)

    def _answers(
        self,
        device_id: str,
        device: _Device,
        outputs: Sequence[Output],
        now_s: float,
        host_time_ns: int,
    ) -> None:
        """Sort what a protocol answered; earlier entries are flushed before streams change."""
        if any(isinstance(output, Ready) for output in outputs):
            self._flush()
        for output in outputs:
            match output:
                case Send():
                    self._sends.append(Addressed(device_id, output))
                case Samples():
                    self._samples(device, output, now_s, host_time_ns)
                case Ready():
                    device.ready, device.info = True, output.info
                    self._streams(device_id, device, output.streams)
                    self._tell(device_id, now_s, "ready", 1.0, output.info.model)
                case Status():
                    if output.name == "battery_pct":
                        device.battery_pct = output.value
                    self._tell(device_id, now_s, output.name, output.value, output.detail)
                case Garbage():
                    device.garbage += 1
                case Refused():
                    device.reason = output.reason
                    self._tell(device_id, now_s, "refused", float(output.code), output.reason)

    def _tell(self, device_id: str, now_s: float, name: str, value: float, detail: str) -> None:
        self._events.append(
            DeviceStatus(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=now_s,
                device_id=device_id,
                name=name,
                value=value,
                detail=detail,
            )
        )

    def _streams(self, device_id: str, device: _Device, sources: Sequence[SampleStream]) -> None:
        """Take the announced streams; what is the same as before a lost link goes on."""
        assert self._origin_ns is not None
        changed = False
        for source in sources:
            key = f"{device_id}/{source.info.stream_id}"
            known = device.streams.get(source.info.stream_id)
            if known is None or known.source != source:
                timeline = Timeline(source, key, self._origin_ns)
                segment = 0 if known is None else known.segment + 1
                device.streams[source.info.stream_id] = _Stream(
                    key, source, timeline, segment=segment
                )
                changed = True
        if changed:
            self._rebuild()

    def _samples(self, device: _Device, samples: Samples, now_s: float, host_time_ns: int) -> None:
        stream = device.streams.get(samples.stream_id)
        if stream is None or len(samples.values) == 0:
            return
        placed = stream.timeline.place(samples, host_time_ns)
        device.received += len(samples.values)
        device.lost += placed.lost
        device.last_sample_s = now_s
        for fit in stream.timeline.fits():
            # On the strictly increasing time of entries, like everything that comes out.
            self._events.append(dataclasses.replace(fit, arrival_s=now_s))
            device.rate_hz = fit.rate_hz
        new = np.isfinite(placed.t_s)  # the others came before
        if not new.any():
            return
        if placed.new_segment and stream.next_index:
            stream.segment, stream.next_index = stream.segment + 1, 0
        t_s = placed.t_s[new]
        info = stream.info or stream.source.info
        values, came_s = samples.values[new] * stream.sign, np.full(len(t_s), now_s)
        chunk = Chunk(info, t_s, came_s, values, stream.segment, stream.next_index)
        stream.pending.append(chunk)
        stream.next_index += len(t_s)

    def _rebuild(self) -> None:
        """Build the table anew after streams or roles changed; pending rows are flushed already."""
        worn: dict[Role, _Stream] = {}
        for device_id, device in self._devices.items():
            for stream in device.streams.values():
                role, sign = self._assigned.get(
                    stream.key, self._assigned.get(device_id, (None, 1.0))
                )
                if role is not None and (role.kind != stream.source.kind or role in worn):
                    role = None
                if role is not None:
                    worn[role] = stream
                if role != stream.role or sign != stream.sign:
                    stream.role, stream.sign = role, sign
                    stream.info = stream.pipeline = None
                    stream.recent = []
                    stream.segment, stream.next_index = stream.segment + 1, 0
                if role is not None and stream.pipeline is None:
                    stream.info = renamed(stream.source, role, stream.key)
                    stream.pipeline = Pipeline(native_pipeline(role))
                    stream.pipeline.bind(stream.info)
        on_table = [worn[role] for role in Role if role in worn]
        if [id(stream) for stream in on_table] == [id(stream) for stream in self._on_table]:
            return
        self._on_table = on_table
        if not on_table:
            self._aligner = self._pipeline = None
            return
        kept = {} if self._pipeline is None else self._pipeline.kept()
        inputs = []
        for stream in on_table:
            assert stream.pipeline is not None
            assert stream.role is not None
            columns = aligned_columns(stream.role, stream.pipeline.info)
            inputs.append(AlignedStream(stream.key, stream.pipeline.info, columns))
        max_wait_s, max_gap_s = waiting_times(
            [stream.source.longest_packet_s for stream in on_table]
        )
        self._aligner = Aligner(
            inputs,
            rate_hz=GRID_RATE_HZ,
            start_s=self._next_grid_s,
            max_gap_s=max_gap_s,
            max_wait_s=max_wait_s,
        )
        self._table_segment += 1
        self._pipeline = Pipeline(table_pipeline(worn))
        self._pipeline.bind(self._aligner.info, kept)
        for stream in on_table:
            for chunk in stream.recent:
                self._aligner.push(stream.key, chunk)

    def _flush(self) -> None:
        """Run the stages over everything decoded since the last flush."""
        for device in self._devices.values():
            for stream in device.streams.values():
                self._flush_stream(stream)
        nows, self._nows = self._nows, []
        if self._aligner is not None and self._pipeline is not None and nows:
            for rows in self._aligner.advance(np.array(nows)):
                self._flush_table(rows, self._pipeline)
        self._events.sort(key=lambda event: event.arrival_s)

    def _flush_stream(self, stream: _Stream) -> None:
        pending, stream.pending = stream.pending, []
        for chunk in joined(pending):
            done = chunk
            if stream.pipeline is not None:
                done, events = stream.pipeline.process(chunk, heard_at(chunk, stream.waiting))
                stream.waiting = []
                self._events += events
                if stream in self._on_table and self._aligner is not None:
                    self._aligner.push(stream.key, done)
                stream.recent.append(done)
                newest_s = done.t_s[-1] if len(done) else 0.0
                while stream.recent[0].t_s[-1] < newest_s - RECENT_S:
                    stream.recent.pop(0)
            self._native.setdefault(stream.key, []).append(done)

    def _flush_table(self, rows: Chunk, pipeline: Pipeline) -> None:
        rows = dataclasses.replace(rows, segment=rows.segment + (self._table_segment << 16))
        table, events = pipeline.process(rows, heard_at(rows, self._waiting))
        self._waiting = []
        self._next_grid_s = float(rows.t_s[-1]) + 0.5 / GRID_RATE_HZ
        self._table.append(table)
        self._events += events


def _link_status(device_id: str, device: _Device) -> LinkStatus:
    return LinkStatus(
        device_id,
        device.state,
        device.reason,
        device.ready,
        device.info.model,
        device.info.serial,
        device.info.firmware,
        tuple(stream.role for stream in device.streams.values() if stream.role is not None),
        device.battery_pct,
        device.rate_hz,
        device.received,
        device.lost,
        device.garbage,
        device.last_sample_s,
    )
