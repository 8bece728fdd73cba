"""Sample numbers and arrival times in, seconds out.

A radio can only be late. Arrival times therefore lie on or above the line that the sensor's own
clock draws, and the lowest line under them is that clock as seen from here, up to the constant
least delay of the link and of the sensor, its lag, which is told and not measured here. The times
given out follow that line with at most 2 % of slew, 10 % until it is settled: within a segment they
never jump, and they always grow. The times of a packet depend on that packet and earlier ones
only. Formulae, sources and limits: ``docs/metrics/clock.md``.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np

from biofeedback.core.errors import StreamError
from biofeedback.core.ports import Samples, SampleStream
from biofeedback.core.results import ClockFit
from biofeedback.core.stream import FloatArray, IntArray
from biofeedback.signal.lateness import Jitter, StayingLate
from biofeedback.signal.lowest_line import LowestLine

__all__ = ["Placed", "Timeline"]

SLEW, FAST_SLEW = 0.02, 0.1
"""Largest relative speed at which given-out time approaches the line: usually; while it is far
from it, or the line itself is not settled."""
FAR_S = 0.1
"""Far from the line: all packets so far were late, as when a link opens with a burst, s."""
SETTLED_SE_S = 0.01
"""Standard error of a line that is settled, s: rows of other lines are marked, so that haste does
no harm."""
BREAK_S = 2.0
"""A longer hole starts a new segment: no filter should bridge it, s."""
REPEAT_S = 1.0
"""A sensor clock that goes back by less, or by less than its longest packet, repeats itself; by
more, it was restarted, s."""
IMPOSSIBLE_S = 0.25
"""A sensor clock that jumps this far ahead of its packets' arrival was restarted, s."""
STAYING_S = 2.0
"""Lateness that stays level for so long will not be caught up, s."""
LATE_S = 1.0
"""Lateness that matters where a counter or device clock knows of losses, s."""
LATE_COUNTED_S = 0.04
"""The same where samples are only counted as received; at least 3/4 of a sample, s."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where the samples of one packet are in time.

    Parameters
    ----------
    t_s : ndarray, shape (n_samples,)
        Time of each sample, seconds since the origin; NaN for a sample that came before (a
        repeated packet) and is to be dropped. The others always grow, from packet to packet too.
    new_segment : bool
        True if these samples do not continue the ones before; never for the first packet.
    lost : int
        Samples missing between the packet before and this one, by counter or by time.
    residual_s : float
        How late the packet came, above the line, s; NaN where nothing is fitted.
    se_s : float
        Standard error of its times but for the constant lag, s; NaN where nothing is fitted.
    """

    t_s: FloatArray
    new_segment: bool
    lost: int
    residual_s: float = math.nan
    se_s: float = math.nan


class Timeline:
    """The clock of one stream, by its :data:`~biofeedback.core.ports.Clocking`.

    ``counter`` and ``device``: holes are known and keep their length. A sensor clock that goes
    back, or jumps farther ahead than its packets could have travelled, was restarted.
    ``count``: nothing tells of a loss but lateness that stays. A stall ends in a burst that
    catches up, a loss never does; so lateness that stays level for two seconds is taken for lost
    samples. ``given``: times are taken as they are. Restarts, losses found by lateness,
    interruptions and holes above 2 s begin a new segment.

    Parameters
    ----------
    stream : SampleStream
        Whose samples will come.
    name : str
        ``device_id/stream_id``, for :class:`~biofeedback.core.results.ClockFit`.
    origin_ns : int
        Host time that is second 0, ns.
    """

    def __init__(self, stream: SampleStream, name: str, origin_ns: int) -> None:
        self._clocking = stream.clocking
        self._name = name
        self._origin_ns = origin_ns
        self._rate_hz = stream.info.sample_rate_hz
        self._tick_hz = 1e9 if stream.clocking in ("device", "given") else self._rate_hz
        self._break_s = max(BREAK_S, 3.0 / self._rate_hz)
        self._repeat_s = max(REPEAT_S, stream.longest_packet_s)
        counted_s = max(LATE_COUNTED_S, 0.75 / self._rate_hz)
        self._late = StayingLate(
            counted_s if stream.clocking == "count" else LATE_S,
            max(STAYING_S, 4.0 * stream.longest_packet_s),
        )
        self._line = LowestLine()
        self._jitter = Jitter()
        self._lag_s = stream.lag_s
        self._lag_changed = False
        self._base = 0  # tick at sensor time 0
        self._x_s = -np.inf  # sensor time of the newest sample …
        self._t_s = -np.inf  # … and the time given out for it, lag included
        self._interrupted = False
        self._received = 0
        self._lost = 0
        self._duplicates = 0
        self._recent_late_s: deque[float] = deque(maxlen=256)
        self._fits: list[ClockFit] = []

    def place(self, samples: Samples, host_time_ns: int) -> Placed:
        """Give each sample of a packet its time.

        Parameters
        ----------
        samples : Samples
            Decoded packet; may be empty.
        host_time_ns : int
            When the packet reached us, ns.

        Returns
        -------
        placed : Placed

        Raises
        ------
        StreamError
            If the samples lack the counter or device time that their stream announced.
        """
        ticks = self._ticks(samples)
        arrival_s = (host_time_ns - self._origin_ns) / 1e9
        moved = len(ticks) > 0 and self._clocking != "given" and self._rebase(ticks, arrival_s)
        x_s = (ticks - self._base) / self._tick_hz
        steps_s = np.diff(np.maximum.accumulate(np.concatenate(([self._x_s], x_s))))
        fresh = steps_s > 0
        self._duplicates += len(ticks) - int(np.count_nonzero(fresh))
        if not fresh.any():
            return Placed(np.full(len(ticks), np.nan), new_segment=False, lost=0)
        x_s, steps_s = x_s[fresh], steps_s[fresh]
        begun = self._received > 0
        broken = self._interrupted or moved or self._lag_changed or steps_s[0] > self._break_s
        new_segment = begun and bool(broken)
        self._interrupted = self._lag_changed = False
        missing = np.maximum(np.rint(steps_s * self._rate_hz) - 1.0, 0.0)
        lost = int(missing[np.isfinite(missing)].sum())
        self._received += len(x_s)
        self._lost += lost
        times = np.full(len(ticks), np.nan)
        if self._clocking == "given":
            times[fresh] = x_s - self._lag_s
            self._x_s = self._t_s = float(x_s[-1])
            return Placed(times, new_segment, lost)
        t_s = self._follow(x_s, arrival_s, new_segment or not begun)
        times[fresh] = t_s - self._lag_s
        self._x_s, self._t_s = float(x_s[-1]), float(t_s[-1])
        line_s = self._line.at(self._x_s)
        # Not yet on the line; or late for long, which may be a loss that is not found yet.
        wrong_s = max(abs(line_s - self._t_s), self._late.suspected_s)
        se_s = math.hypot(self._line.se_s(self._x_s), wrong_s)
        return Placed(times, new_segment, lost, arrival_s - line_s, se_s)

    def interrupted(self) -> None:
        """Tell that the link broke: what comes next begins a new segment.

        The fitted rate is kept; the line is kept too if the sensor's counter or clock went on.
        """
        self._interrupted = True

    @property
    def lag_s(self) -> float:
        """Constant lag that is taken off, s: at first that of the stream."""
        return self._lag_s

    def set_lag(self, lag_s: float) -> None:
        """Take another constant lag off; what comes next begins a new segment.

        Parameters
        ----------
        lag_s : float
            Lag, s; positive for a sensor that tells late.
        """
        more_s = lag_s - self._lag_s
        if more_s == 0.0:
            return
        self._lag_s = lag_s
        self._lag_changed = True
        # What was given out last stays: what comes next must be later.
        self._t_s += more_s
        if self._clocking == "given":
            self._x_s += max(more_s, 0.0)

    def fits(self) -> list[ClockFit]:
        """Return the fits made since last asked, about one per second of data.

        Returns
        -------
        fits : list of ClockFit
            Oldest first; none for ``given`` times, where nothing is fitted.
        """
        fits, self._fits = self._fits, []
        return fits

    def _ticks(self, samples: Samples) -> IntArray:
        """Return the sensor's clock at each sample: sample numbers, or ns."""
        n_samples = samples.values.shape[0]
        if self._clocking == "count":
            return np.arange(self._received, self._received + n_samples, dtype=np.int64)
        if self._clocking == "counter":
            if samples.counter is None:
                raise StreamError(f"{self._name} announced a sample counter but sent none")
            return np.arange(samples.counter, samples.counter + n_samples, dtype=np.int64)
        if samples.device_time_ns is None:
            raise StreamError(f"{self._name} announced {self._clocking!r} times but sent none")
        return samples.device_time_ns

    def _rebase(self, ticks: IntArray, arrival_s: float) -> bool:
        """Put the sensor's clock on the axis of the line anew where it did not go on; tell so."""
        if not np.isfinite(self._x_s):
            self._base = int(ticks[0])
            return True
        first_s = (int(ticks[0]) - self._base) / self._tick_hz
        last_s = (int(ticks[-1]) - self._base) / self._tick_hz
        step_s = first_s - self._x_s
        late_s = arrival_s - self._line.at(last_s)
        if (
            step_s < -self._repeat_s
            or (step_s > 1.5 / self._rate_hz and late_s < -IMPOSSIBLE_S)
            or (self._interrupted and not self._went_on(step_s, late_s))
        ):
            passed_s = (arrival_s - self._t_s) / self._line.slope - (last_s - first_s)
            first_s = self._x_s + max(passed_s, 1.0 / self._rate_hz)
            self._base = int(ticks[0]) - round(first_s * self._tick_hz)
            self._line.forget()
            return True
        if step_s <= 0:
            return False
        staying_s = self._late.add(last_s, arrival_s, late_s)
        shift = round(staying_s / self._line.slope * self._tick_hz)
        if shift > 0:
            self._base -= shift
            self._line.forget(self._late.from_x_s)
        elif late_s < -IMPOSSIBLE_S:
            self._line.forget()  # all packets so far were late
        return shift > 0

    def _went_on(self, step_s: float, late_s: float) -> bool:
        """Tell whether the sensor's clock ran on while the link was down."""
        return self._clocking != "count" and step_s > 0 and abs(late_s) < LATE_S

    def _follow(self, x_s: FloatArray, arrival_s: float, at_once: bool) -> FloatArray:
        """Update the line, then move towards it: at once, or by slew."""
        last_s = float(x_s[-1])
        refitted = self._line.add(last_s, arrival_s)
        line_s = self._line.at(0.0) + self._line.slope * x_s
        if at_once:
            t_s = line_s + max(0.0, self._t_s + 1.0 / self._rate_hz - float(line_s[0]))
        else:
            passed_s = x_s - self._x_s
            behind_s = self._line.at(self._x_s) - self._t_s
            settled = abs(behind_s) < FAR_S and self._line.se_s(last_s) < SETTLED_SE_S
            slew = SLEW if settled else FAST_SLEW
            made_good_s = np.copysign(np.minimum(abs(behind_s), slew * passed_s), behind_s)
            t_s = self._t_s + self._line.slope * passed_s + made_good_s
        late_s = arrival_s - float(line_s[-1])
        self._recent_late_s.append(late_s)
        self._jitter.add(late_s)
        if refitted:
            self._report(last_s, float(t_s[-1]) - self._lag_s, arrival_s)
        return t_s

    def _report(self, x_s: float, t_s: float, arrival_s: float) -> None:
        late_s = median(self._recent_late_s)
        self._recent_late_s.clear()
        self._fits.append(
            ClockFit(
                t_s=t_s,
                decided_s=t_s,
                arrival_s=arrival_s,
                stream=self._name,
                rate_hz=self._rate_hz / self._line.slope,
                offset_s=arrival_s - t_s,
                residual_s=1.4826 * late_s,
                se_s=self._line.se_s(x_s),
                jitter_s=self._jitter.close_part(),
                received=self._received,
                lost=self._lost,
                duplicates=self._duplicates,
            )
        )
