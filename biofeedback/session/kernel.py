"""The instrument as one function: entries in, snapshots and bytes to send out.

Pure: no clock, no thread, no I/O. ``feed`` is ``feed_all`` of one entry, and any grouping of the
same entries gives the same rows, events and sends, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.ports import (
    Addressed,
    DeviceProtocol,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    Send,
    Status,
)
from biofeedback.core.results import CommandHeard, DeviceStatus
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event
from biofeedback.session.devices import Device, Stream
from biofeedback.session.rows import heard_at, joined
from biofeedback.session.snapshot import Snapshot
from biofeedback.signal.align import AlignedStream, Aligner, waiting_times
from biofeedback.signal.stage import Pipeline

__all__ = ["Kernel"]

GRID_RATE_HZ = 50.0
# Native rows kept for the next aligner when sensors change: longer than any row may wait
# (1.5 x the longest packet known, 1.4 s, and the longest lag) plus the longest bridged gap.
RECENT_S = 6.0
LONGEST_LAG_S = 1.0


class Kernel:
    """The instrument.

    Parameters
    ----------
    protocols : mapping of str to DeviceProtocol
        Language of each device by ``device_id``; the kernel is their only caller.
    """

    def __init__(self, protocols: Mapping[str, DeviceProtocol]) -> None:
        self._devices = {name: Device(protocol) for name, protocol in protocols.items()}
        self._origin_ns: int | None = None
        self._now_ns = 0
        self._now_s = 0.0
        self._assigned: dict[str, tuple[Role, float]] = {}
        self._lags_s: dict[str, float] = {}
        self._events: list[Event] = []
        self._sends: list[Addressed] = []
        self._nows: list[float] = []
        self._native: dict[str, list[Chunk]] = {}
        self._table: list[Chunk] = []
        self._aligner: Aligner | None = None
        self._on_table: list[Stream] = []
        self._layout: list[tuple[Stream, float]] = []
        self._pipeline: Pipeline | None = None
        self._kept: dict[str, object] = {}
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
        self._devices.setdefault(device_id, Device(protocol))

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
            tuple(device.status(name) for name, device in self._devices.items()),
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
        """Apply an assignment or a lag; let the stages hear everything with the next row."""
        arguments = dict(command.arguments)
        if command.name == "assign":
            sign = -1.0 if arguments.get("invert") else 1.0
            if arguments["role"] is None:  # taken off
                self._assigned.pop(str(arguments["stream"]), None)
            else:
                self._assigned[str(arguments["stream"])] = (Role(str(arguments["role"])), sign)
            self._rebuild()
        elif command.name == "lag":
            self._lag(str(arguments.get("stream")), arguments.get("lag_s"))
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

    def _lag(self, name: str, lag_s: object) -> None:
        """Take a constant lag off one stream, or off all of a device."""
        if not isinstance(lag_s, int | float) or not abs(lag_s) <= LONGEST_LAG_S:
            limit = f"lag_s is {lag_s!r}; give a number from -{LONGEST_LAG_S} to {LONGEST_LAG_S} s"
            self._tell(name, self._now_s, "lag_refused", float("nan"), limit)
            return
        self._lags_s[name] = float(lag_s)
        for device_id, device in self._devices.items():
            for stream in device.streams.values():
                if name in (stream.key, device_id):
                    stream.timeline.set_lag(float(lag_s))
        self._rebuild()

    def _link_change(self, change: LinkChange) -> None:
        device = self._devices.get(change.device_id)
        if device is None:
            return
        device.state, device.reason = change.state, change.reason
        if change.rssi_dbm is not None:
            device.rssi_dbm = change.rssi_dbm
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
        device: Device,
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
                    assert self._origin_ns is not None
                    if device.announced(device_id, output.streams, self._origin_ns):
                        self._set_lags(device_id, device)
                        self._rebuild()
                    self._tell(device_id, now_s, "ready", 1.0, output.info.model)
                case Status():
                    if output.name == "battery_pct":
                        device.battery_pct = output.value
                    elif output.name == "rssi_dbm":
                        device.rssi_dbm = output.value
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

    def _set_lags(self, device_id: str, device: Device) -> None:
        for stream in device.streams.values():
            told_s = self._lags_s.get(stream.key, self._lags_s.get(device_id))
            if told_s is not None:
                stream.timeline.set_lag(told_s)

    def _samples(self, device: Device, samples: Samples, now_s: float, host_time_ns: int) -> None:
        stream = device.streams.get(samples.stream_id)
        if stream is not None and len(samples.values):
            self._events += stream.take(samples, now_s, host_time_ns)
            device.last_sample_s = now_s

    def _rebuild(self) -> None:
        """Build the table anew after streams or roles changed; pending rows are flushed already."""
        worn: dict[Role, Stream] = {}
        for device_id, device in self._devices.items():
            for stream in device.streams.values():
                role, sign = self._assigned.get(
                    stream.key, self._assigned.get(device_id, (None, 1.0))
                )
                if role is not None and (role.kind != stream.source.kind or role in worn):
                    role = None
                if role is not None:
                    worn[role] = stream
                stream.wear(role, sign)
        on_table = [worn[role] for role in Role if role in worn]
        layout = [(stream, stream.timeline.lag_s) for stream in on_table]
        if layout == self._layout:
            return
        self._layout, self._on_table = layout, on_table
        if self._pipeline is not None:
            # A stage that is not needed meanwhile finds what it knew when it is needed again.
            self._kept |= self._pipeline.kept()
        if not on_table:
            self._aligner = self._pipeline = None
            return
        # Not before it is needed: the filters' library takes longer to load than all else.
        from biofeedback.signal.setups import aligned_columns, table_pipeline

        inputs = []
        for stream in on_table:
            assert stream.pipeline is not None
            assert stream.role is not None
            columns = aligned_columns(stream.role, stream.pipeline.info)
            inputs.append(AlignedStream(stream.key, stream.pipeline.info, columns))
        max_wait_s, max_gap_s = waiting_times(
            [stream.source.longest_packet_s for stream in on_table]
        )
        max_wait_s += max(0.0, *(lag_s for _, lag_s in layout))
        self._aligner = Aligner(
            inputs,
            rate_hz=GRID_RATE_HZ,
            start_s=self._next_grid_s,
            max_gap_s=max_gap_s,
            max_wait_s=max_wait_s,
        )
        self._table_segment += 1
        self._pipeline = Pipeline(table_pipeline(worn))
        self._pipeline.bind(self._aligner.info, self._kept)
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
            for stream in self._on_table:
                stream.repaired += self._aligner.repaired(stream.key)
        self._events.sort(key=lambda event: event.arrival_s)

    def _flush_stream(self, stream: Stream) -> None:
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
