"""The books of the kernel: every device, its streams, and what is known of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from math import nan

import numpy as np

from biofeedback.core.account import StreamAccount
from biofeedback.core.entry import LinkState
from biofeedback.core.ports import DeviceInfo, DeviceProtocol, Samples, SampleStream
from biofeedback.core.results import ClockFit, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, StreamInfo
from biofeedback.session.rows import clocked, renamed
from biofeedback.session.snapshot import LinkStatus
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.timeline import Timeline

__all__ = ["Device", "Stream"]


class Stream:
    """One stream of one device, on its way to the table.

    Parameters
    ----------
    key : str
        ``device_id/stream_id``.
    source : SampleStream
        As announced.
    origin_ns : int
        Host time that is second 0, ns.
    before : Stream or None
        What the device announced by this name earlier: its books go on.

    Attributes
    ----------
    timeline : Timeline
        Its clock.
    role : Role or None
        Where it is worn.
    pipeline : Pipeline or None
        Its native stages, once it has a role.
    pending : list of Chunk
        Decoded rows that no stage has seen yet.
    waiting : list of CommandHeard
        Commands its stages have not heard yet.
    recent : list of Chunk
        Last rows that went to the table, for the next one.
    repaired : float
        Lost samples that the table was bridged over.
    """

    def __init__(
        self, key: str, source: SampleStream, origin_ns: int, before: Stream | None = None
    ) -> None:
        self.key = key
        self.source = source
        self.timeline = Timeline(source, key, origin_ns)
        self.role: Role | None = None
        self.pipeline: Pipeline | None = None
        self.pending: list[Chunk] = []
        self.waiting: list[CommandHeard] = []
        self.recent: list[Chunk] = []
        self._sign = 1.0
        self._info: StreamInfo = clocked(source.info)
        self._segment = self._next_index = 0
        self._received = self._lost = self._duplicates = 0
        self.repaired = 0.0
        self._fit: ClockFit | None = None
        self._residual_s = self._se_s = nan
        if before is not None:
            self._segment = before._segment + 1
            self._received, self._lost = before._received, before._lost
            self.repaired, self._duplicates = before.repaired, before._duplicates

    def wear(self, role: Role | None, sign: float) -> None:
        """Take a role, or none; rows from here on are another segment.

        Parameters
        ----------
        role : Role or None
            Where it is worn.
        sign : float
            −1 for a belt whose values fall on breathing in.
        """
        if role == self.role and sign == self._sign:
            return
        self.role, self._sign = role, sign
        self.pipeline, self._info = None, clocked(self.source.info)
        self.recent = []
        self._segment, self._next_index = self._segment + 1, 0
        if role is not None:
            self._info = renamed(self.source, role, self.key)
            # Not before it is needed: the filters' library takes longer to load than all else.
            from biofeedback.signal.setups import native_pipeline

            self.pipeline = Pipeline(native_pipeline(role))
            self.pipeline.bind(self._info)

    def take(self, samples: Samples, now_s: float, host_time_ns: int) -> list[ClockFit]:
        """Place a packet in time and keep its rows for the stages.

        Parameters
        ----------
        samples : Samples
            At least one.
        now_s : float
            Time of the entry that brought them, s.
        host_time_ns : int
            When they arrived, ns.

        Returns
        -------
        fits : list of ClockFit
            Dated to the entry, like everything that comes out.
        """
        placed = self.timeline.place(samples, host_time_ns)
        fits = [dataclasses.replace(fit, arrival_s=now_s) for fit in self.timeline.fits()]
        if fits:
            self._fit = fits[-1]
        new = np.isfinite(placed.t_s)  # the others came before
        count = int(np.count_nonzero(new))
        self._received += count
        self._lost += placed.lost
        self._duplicates += len(new) - count
        if not count:
            return fits
        self._residual_s, self._se_s = placed.residual_s, placed.se_s
        if placed.new_segment and self._next_index:
            self._segment, self._next_index = self._segment + 1, 0
        values = samples.values[new] * self._sign
        clock = np.full((count, 2), (placed.residual_s, placed.se_s))
        chunk = Chunk(
            self._info,
            placed.t_s[new],
            np.full(count, now_s),
            np.concatenate((values, clock), axis=1),
            self._segment,
            self._next_index,
        )
        self.pending.append(chunk)
        self._next_index += count
        return fits

    @property
    def account(self) -> StreamAccount:
        """Its books so far."""
        return StreamAccount(
            stream=self.key,
            received=self._received,
            lost=self._lost,
            repaired=self.repaired,
            duplicates=self._duplicates,
            rate_hz=nan if self._fit is None else self._fit.rate_hz,
            jitter_s=nan if self._fit is None else self._fit.jitter_s,
            clock_residual_s=self._residual_s,
            clock_se_s=self._se_s,
            lag_s=self.timeline.lag_s,
            role=self.role,
        )


@dataclasses.dataclass(slots=True)
class Device:
    """One device and what is known of it.

    Parameters
    ----------
    protocol : DeviceProtocol
        Its language.
    state : LinkState
        Of its link.
    reason : str
        Why, in words.
    ready : bool
        The handshake is done.
    info : DeviceInfo
        Who it says it is.
    streams : dict of str to Stream
        By ``stream_id``.
    battery_pct, rssi_dbm : float
        As last told; NaN until then.
    garbage : int
        Pieces of bytes that made no sense.
    last_sample_s : float
        Arrival of the last sample, s; NaN before the first.
    """

    protocol: DeviceProtocol
    state: LinkState = "closed"
    reason: str = "not opened yet"
    ready: bool = False
    info: DeviceInfo = dataclasses.field(default_factory=lambda: DeviceInfo(""))
    streams: dict[str, Stream] = dataclasses.field(default_factory=dict)
    battery_pct: float = nan
    rssi_dbm: float = nan
    garbage: int = 0
    last_sample_s: float = nan

    def announced(self, device_id: str, sources: Iterable[SampleStream], origin_ns: int) -> bool:
        """Take the announced streams; what is the same as before a lost link goes on.

        Parameters
        ----------
        device_id : str
            Driver and address.
        sources : iterable of SampleStream
            What it will send.
        origin_ns : int
            Host time that is second 0, ns.

        Returns
        -------
        changed : bool
            Whether any stream is new or another than before.
        """
        changed = False
        for source in sources:
            name = source.info.stream_id
            known = self.streams.get(name)
            if known is None or known.source != source:
                self.streams[name] = Stream(f"{device_id}/{name}", source, origin_ns, known)
                changed = True
        return changed

    def status(self, device_id: str) -> LinkStatus:
        """Say how it is doing.

        Parameters
        ----------
        device_id : str
            Driver and address.

        Returns
        -------
        status : LinkStatus
        """
        accounts = tuple(stream.account for stream in self.streams.values())
        return LinkStatus(
            device_id=device_id,
            state=self.state,
            reason=self.reason,
            ready=self.ready,
            model=self.info.model,
            serial=self.info.serial,
            firmware=self.info.firmware,
            roles=tuple(s.role for s in self.streams.values() if s.role is not None),
            battery_pct=self.battery_pct,
            rate_hz=accounts[0].rate_hz if accounts else nan,
            received=sum(account.received for account in accounts),
            lost=sum(account.lost for account in accounts),
            garbage=self.garbage,
            last_sample_s=self.last_sample_s,
            rssi_dbm=self.rssi_dbm,
            streams=accounts,
        )
