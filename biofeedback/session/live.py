"""From snapshots to "now": the latest of everything, and the last minute of the traces.

Pulled by whoever shows it, terminal or window; it knows no clock but the data's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from biofeedback.core.results import (
    BaselineSet,
    BreathCycle,
    BreathMark,
    BreathShare,
    Hold,
    SensorQuality,
    Sway,
)
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.session.engine import Mail
from biofeedback.session.snapshot import LinkStatus, Snapshot

__all__ = ["Live", "Trace"]

RATE_BREATHS = 5


class Trace:
    """The last `length_s` seconds of some columns.

    Parameters
    ----------
    length_s : float
        How much is kept, s.
    """

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._chunks: deque[Chunk] = deque()

    def add(self, chunk: Chunk) -> None:
        """Append rows and forget those that are too old.

        Parameters
        ----------
        chunk : Chunk
            New rows.
        """
        if len(chunk) == 0:
            return
        self._chunks.append(chunk)
        oldest_s = chunk.t_s[-1] - self._length_s
        while self._chunks[0].t_s[-1] < oldest_s:
            self._chunks.popleft()

    def column(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return one column, NaN where rows did not have it.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        t_s : ndarray, shape (n_samples,)
        values : ndarray, shape (n_samples,)
        """
        if not self._chunks:
            return np.empty(0), np.empty(0)
        values = [
            chunk.column(name) if chunk.info.has(name) else np.full(len(chunk), np.nan)
            for chunk in self._chunks
        ]
        return np.concatenate([chunk.t_s for chunk in self._chunks]), np.concatenate(values)


class Live:
    """The latest of everything.

    Parameters
    ----------
    trace_s : float
        How much of the table is kept for drawing, s.

    Attributes
    ----------
    now_s : float
        Time of the newest entry, s.
    table : Trace
        The last rows of the 50 Hz table.
    links : tuple of LinkStatus
        Every device.
    quality : dict of str to Reason
        Why a role is not trusted; roles that are trusted are absent.
    marks : deque of BreathMark
        The last breath marks.
    cycle : BreathCycle or None
        The last breath.
    share : BreathShare or None
        Chest against belly of the last breath.
    baseline : BaselineSet or None
        What it is compared with.
    hold : Hold or None
        The breath hold that is going on.
    sway : Sway or None
        The last sway window.
    latency_ms : deque of float
        Packet to snapshot, ms, of the last packets.
    """

    def __init__(self, trace_s: float = 60.0) -> None:
        self.now_s = 0.0
        self.table = Trace(trace_s)
        self.links: tuple[LinkStatus, ...] = ()
        self.quality: dict[str, Reason] = {}
        self.marks: deque[BreathMark] = deque(maxlen=200)
        self.cycle: BreathCycle | None = None
        self.share: BreathShare | None = None
        self.baseline: BaselineSet | None = None
        self.hold: Hold | None = None
        self.sway: Sway | None = None
        self.latency_ms: deque[float] = deque(maxlen=500)
        self._ttot_s: deque[float] = deque(maxlen=RATE_BREATHS)
        self._last_row: Chunk | None = None

    @property
    def breath_rate_per_min(self) -> float:
        """60 over the median of the last five breaths' Ttot; NaN before the second breath."""
        if len(self._ttot_s) < 2:
            return float("nan")
        return 60.0 / float(np.median(self._ttot_s))

    def latest(self, name: str) -> float:
        """Return the newest value of a table column; NaN when there is none.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        value : float
        """
        row = self._last_row
        if row is None or not row.info.has(name):
            return float("nan")
        return float(row.column(name)[-1])

    def update(self, mails: Iterable[Mail]) -> None:
        """Take what the mailbox gave.

        Parameters
        ----------
        mails : iterable of Mail
            Oldest first.
        """
        for mail in mails:
            if mail.newest_packet_ns:
                self.latency_ms.append((mail.published_ns - mail.newest_packet_ns) / 1e6)
            self.update_snapshot(mail.snapshot)

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take one snapshot.

        Parameters
        ----------
        snapshot : Snapshot
            What became known.
        """
        self.now_s = snapshot.now_s
        self.links = snapshot.links
        for chunk in snapshot.table:
            self.table.add(chunk)
            if len(chunk):
                self._last_row = chunk
        for event in snapshot.events:
            self._hear(event)

    def _hear(self, event: Event) -> None:
        match event:
            case BreathMark():
                self.marks.append(event)
            case BreathCycle():
                self.cycle = event
                self._ttot_s.append(event.ttot_s)
            case BreathShare():
                self.share = event
            case BaselineSet():
                self.baseline = event
            case Hold():
                self.hold = event if event.state == "begun" else None
            case Sway():
                self.sway = event
            case SensorQuality(ok=True):
                self.quality.pop(event.role, None)
            case SensorQuality():
                self.quality[event.role] = Reason(event.reason)
            case _:
                pass
