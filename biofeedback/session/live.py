"""From snapshots to "now": the latest of everything, and the last minute of the traces.

Pulled by whoever shows it, terminal or window; it knows no clock but the data's own.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import numpy as np

from biofeedback.core.labels import NOT_QUIET, BreathLabel
from biofeedback.core.results import (
    BaselineSet,
    BreathCycle,
    BreathingRate,
    BreathMark,
    BreathShare,
    CommandHeard,
    Hold,
    SensorQuality,
    Sway,
    Tone,
)
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, Event, FloatArray, StreamInfo
from biofeedback.session.engine import Mail
from biofeedback.session.snapshot import LinkStatus, Snapshot
from biofeedback.session.task_now import TaskNow

__all__ = ["Live", "Trace"]

RATE_BREATHS = 5
# A motion sensor tells its rate every 5 s.
RATE_STALE_S = 12.0
# A shorter silence is over before anybody could have read that it was one.
WORTH_TELLING_S = 3.0
ROOM = 4096  # rows; a minute of a 50 Hz table fits


class Trace:
    """The last `length_s` seconds of some columns.

    Parameters
    ----------
    length_s : float
        How much is kept, s.
    """

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._rows: dict[str, int] = {}
        self._t_s = np.empty(ROOM)
        self._values = np.empty((0, ROOM))
        self._start = self._stop = 0

    def add(self, chunk: Chunk) -> None:
        """Append rows and forget those that are too old.

        Parameters
        ----------
        chunk : Chunk
            New rows.
        """
        n = len(chunk)
        if n == 0:
            return
        for name in chunk.info.names:
            if name not in self._rows:
                self._rows[name] = len(self._rows)
                unknown = np.full((1, len(self._t_s)), np.nan)
                self._values = np.concatenate([self._values, unknown])
        if self._stop + n > len(self._t_s):
            self._make_room(n)
        new = slice(self._stop, self._stop + n)
        self._t_s[new] = chunk.t_s
        self._values[:, new] = np.nan
        self._values[[self._rows[name] for name in chunk.info.names], new] = chunk.data.T
        self._stop += n
        oldest_s = chunk.t_s[-1] - self._length_s
        self._start += int(np.searchsorted(self._t_s[self._start : self._stop], oldest_s))

    def _make_room(self, n: int) -> None:
        """Move what is kept to the front of arrays twice as long as needed."""
        kept = slice(self._start, self._stop)
        n_kept = self._stop - self._start
        length = max(ROOM, 2 * (n_kept + n))
        t_s, values = np.empty(length), np.empty((len(self._rows), length))
        t_s[:n_kept], values[:, :n_kept] = self._t_s[kept], self._values[:, kept]
        self._t_s, self._values = t_s, values
        self._start, self._stop = 0, n_kept

    def has(self, name: str) -> bool:
        """Tell whether any row had such a column.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        known : bool
        """
        return name in self._rows

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
        kept = slice(self._start, self._stop)
        t_s = self._t_s[kept].copy()
        row = self._rows.get(name)
        return t_s, np.full(len(t_s), np.nan) if row is None else self._values[row, kept].copy()


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
    native : dict of str to Trace
        The last rows of every stream at its own rate, by stream key: drawn before the row of
        the table is complete.
    units : dict of str to str
        Unit of every column seen.
    links : tuple of LinkStatus
        Every device.
    flags : deque of CommandHeard
        The last marks and notes.
    quality : dict of str to Reason
        Why a role is not trusted; roles that are trusted are absent.
    marks : deque of BreathMark
        The last breath marks.
    cycle : BreathCycle or None
        The last breath.
    rate : BreathingRate or None
        The last window of a motion sensor that breathes, where no belt is worn.
    share : BreathShare or None
        Chest against belly of the last breath.
    baseline : BaselineSet or None
        What it is compared with.
    hold : Hold or None
        The breath hold that is going on.
    sway : Sway or None
        The last sway window.
    tones : deque of Tone
        Belly tone of the last breaths, and of each second of a held one.
    task : TaskNow
        The task that is going on, and what is known of it.
    back : tuple of (str, float, float) or None
        The last device that came back after a gap: its id, when, and after how long, s.
    latency_ms : deque of float
        Packet to snapshot, ms, of the last packets.
    """

    def __init__(self, trace_s: float = 60.0) -> None:
        self.now_s = 0.0
        self._trace_s = trace_s
        self.table = Trace(trace_s)
        self.native: dict[str, Trace] = {}
        self.units: dict[str, str] = {}
        self.flags: deque[CommandHeard] = deque(maxlen=50)
        self.links: tuple[LinkStatus, ...] = ()
        self.quality: dict[str, Reason] = {}
        self.marks: deque[BreathMark] = deque(maxlen=200)
        self.cycle: BreathCycle | None = None
        self.rate: BreathingRate | None = None
        self.share: BreathShare | None = None
        self.baseline: BaselineSet | None = None
        self.hold: Hold | None = None
        self.sway: Sway | None = None
        self.tones: deque[Tone] = deque(maxlen=200)
        self.task = TaskNow()
        self.back: tuple[str, float, float] | None = None
        self.latency_ms: deque[float] = deque(maxlen=500)
        self._away: dict[str, float] = {}
        self._ttot_s: deque[tuple[int, float]] = deque(maxlen=RATE_BREATHS)
        self._last_row: Chunk | None = None
        self._last_info: dict[str, StreamInfo] = {}

    @property
    def breath_rate_per_min(self) -> float:
        """60 over the median of the last five quiet breaths' Ttot; NaN before the second.

        Breaths that were spoken, coughed or interrupted are left out. Of a motion sensor: what its
        last half minute told; NaN when that told none.
        """
        if self.rate is not None and self.now_s - self.rate.t_s < RATE_STALE_S:
            return self.rate.rate_per_min
        if len(self._ttot_s) < 2:
            return float("nan")
        return 60.0 / float(np.median([ttot_s for _, ttot_s in self._ttot_s]))

    @property
    def breath_reason(self) -> Reason:
        """Why what is said of the last breath is not to be counted just now."""
        bits = self.latest("breath_reason")
        return Reason(int(bits)) if math.isfinite(bits) else Reason.NONE

    @property
    def worn(self) -> frozenset[Role]:
        """Every role that a device has."""
        return frozenset(role for link in self.links for role in link.roles)

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
            self.latency_ms.extend((mail.published_ns - at_ns) / 1e6 for at_ns in mail.received_ns)
            self.update_snapshot(mail.snapshot)

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take one snapshot.

        Parameters
        ----------
        snapshot : Snapshot
            What became known.
        """
        for link in snapshot.links:
            if link.state in ("silent", "lost", "opening"):
                if math.isfinite(link.last_sample_s):
                    self._away.setdefault(link.device_id, link.last_sample_s)
            elif self._away.get(link.device_id, math.inf) < link.last_sample_s:
                away_s = link.last_sample_s - self._away.pop(link.device_id)
                if away_s > WORTH_TELLING_S:
                    self.back = (link.device_id, snapshot.now_s, away_s)
        self.now_s = snapshot.now_s
        self.links = snapshot.links
        for key, chunks in snapshot.streams.items():
            trace = self.native.setdefault(key, Trace(self._trace_s))
            for chunk in chunks:
                self._note_units(chunk)
                trace.add(chunk)
        for chunk in snapshot.table:
            self._note_units(chunk)
            self.table.add(chunk)
            if len(chunk):
                self._last_row = chunk
        for event in snapshot.events:
            self._hear(event)

    def trace(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return a column as early as it is known: at its native rate, else from the table.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        t_s : ndarray, shape (n_samples,)
        values : ndarray, shape (n_samples,)
        """
        for trace in self.native.values():
            if trace.has(name):
                t_s, values = trace.column(name)
                if len(values) and np.isfinite(values[-1]):
                    return t_s, values
        return self.table.column(name)

    def _note_units(self, chunk: Chunk) -> None:
        if chunk.info is not self._last_info.get(chunk.info.stream_id):
            self._last_info[chunk.info.stream_id] = chunk.info
            for channel in chunk.info.channels:
                self.units[channel.name] = channel.unit

    def _hear(self, event: Event) -> None:
        self.task.hear(event)
        match event:
            case BreathMark():
                self.marks.append(event)
            case BreathCycle():
                self.cycle = event
                self._ttot_s.append((event.breath, event.ttot_s))
            case BreathLabel() if event.label in NOT_QUIET:
                quiet = (breath for breath in self._ttot_s if breath[0] != event.breath)
                self._ttot_s = deque(quiet, maxlen=RATE_BREATHS)
            case BreathingRate():
                self.rate = event
            case BreathShare():
                self.share = event
            case BaselineSet():
                self.baseline = event
            case Hold():
                self.hold = event if event.state == "begun" else None
            case Sway():
                self.sway = event
            case Tone():
                self.tones.append(event)
            case CommandHeard(name="mark" | "note"):
                self.flags.append(event)
            case SensorQuality(ok=True):
                self.quality.pop(event.role, None)
            case SensorQuality():
                self.quality[event.role] = Reason(event.reason)
            case _:
                pass
