"""What the screen, the ear and the log may know; nothing else leaves the kernel but sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from biofeedback.core.account import StreamAccount
from biofeedback.core.entry import LinkState
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event

__all__ = ["LinkStatus", "Snapshot"]


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How one device is doing.

    Parameters
    ----------
    device_id : str
        Driver and address.
    state : LinkState
        ``open`` includes the handshake; see `ready`.
    reason : str
        Why, in words.
    ready : bool
        The handshake is done and samples may come.
    model, serial, firmware : str
        As told by the device.
    roles : tuple of Role
        Roles its streams have.
    battery_pct : float
        Percent, NaN until told.
    rate_hz : float
        Fitted sample rate of its first stream, Hz; NaN until known.
    received, lost : int
        Samples received and known to be lost, of all its streams.
    garbage : int
        Pieces of bytes that made no sense.
    last_sample_s : float
        Arrival of the last sample, s; NaN before the first.
    rssi_dbm : float
        Strength of its radio as last told, dBm; NaN where nothing tells.
    streams : tuple of StreamAccount
        The books of each of its streams.
    """

    device_id: str
    state: LinkState
    reason: str
    ready: bool
    model: str
    serial: str
    firmware: str
    roles: tuple[Role, ...]
    battery_pct: float
    rate_hz: float
    received: int
    lost: int
    garbage: int
    last_sample_s: float
    rssi_dbm: float = nan
    streams: tuple[StreamAccount, ...] = ()

    @property
    def loss_pct(self) -> float:
        """Lost samples in per cent of those expected; NaN before the first."""
        expected = self.received + self.lost
        return 100.0 * self.lost / expected if expected else float("nan")

    @property
    def jitter_s(self) -> float:
        """Standard deviation of arrivals of its first stream, s; NaN until known."""
        return self.streams[0].jitter_s if self.streams else nan

    @property
    def clock_se_s(self) -> float:
        """Standard error of the newest times of its first stream, s; NaN until known."""
        return self.streams[0].clock_se_s if self.streams else nan


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What became known with the entries just fed.

    Parameters
    ----------
    now_s : float
        Time of the newest entry, s.
    streams : mapping of str to tuple of Chunk
        New native rows by stream key, every column of the native pipeline; before the kernel
        knows a role, the device's own columns.
    table : tuple of Chunk
        New rows of the 50 Hz table with every column.
    events : tuple of Event
        New events in the order of their arrival.
    links : tuple of LinkStatus
        Every device, in the order given to the kernel.
    """

    now_s: float
    streams: Mapping[str, tuple[Chunk, ...]]
    table: tuple[Chunk, ...]
    events: tuple[Event, ...]
    links: tuple[LinkStatus, ...]
