"""A whole breath measured: durations, amplitudes, pauses, sigh, quality."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathCycle, BreathMark
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_measure import Turn, pauses
from biofeedback.signal.filters import slope

__all__ = ["Belt", "Usually", "last_unfinished", "measured_cycle", "unfinished_cycle"]

_SHORTEST_S, _SHORTEST_PHASE_S, _LONGEST_S = 1.0, 0.3, 30.0
"""Limits of a breath and of each half: 60 per minute is panting, 2 per minute a held breath."""

_SMALLEST = 0.15
"""Least amplitude, in usual breaths."""

_TRUSTED = 0.70
"""Least share of trusted rows."""

_SIGH = 2.0
"""A sigh has at least this many times the median amplitude of the last breaths."""

_BEFORE_SIGH = 5
"""Breaths needed before one can be called a sigh."""


@dataclasses.dataclass(frozen=True, slots=True)
class Belt:
    """One signal over a breath.

    Parameters
    ----------
    name : str
        Its prefix.
    known : float
        Share of trusted rows.
    values : ndarray, shape (n_rows,)
        Symmetrically smoothed, missing rows held.
    """

    name: str
    known: float
    values: FloatArray


@dataclasses.dataclass(frozen=True, slots=True)
class Usually:
    """What a breath is compared with.

    Parameters
    ----------
    slope : float
        Usual peak inspiratory slope, usual breaths per second.
    amplitudes : sequence of float
        Of the last clean breaths.
    artefact : float
        RMS of what is faster than breathing, usual breaths.
    """

    slope: float
    amplitudes: Sequence[float]
    artefact: float


def measured_cycle(
    breath: int,
    turns: tuple[Turn, Turn, Turn],
    arrival_s: float,
    history: History,
    combined: FloatArray,
    belts: Sequence[Belt],
    usually: Usually,
    rate_hz: float,
) -> BreathCycle | None:
    """Measure one breath.

    Parameters
    ----------
    breath : int
        Its number.
    turns : tuple of Turn
        Onset, peak, next onset.
    arrival_s : float
        When the row arrived at which the last was sure.
    history : History
        Columns ``t``, ``trusted``, ``moving``, ``reason``.
    combined : ndarray, shape (n_rows,)
        Combined signal, symmetrically smoothed, from the onset's row on.
    belts : sequence of Belt
        Each signal, from the onset's row on.
    usually : Usually
        What it is compared with.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    cycle : BreathCycle or None
        None if it is too short, too long, too shallow or mostly not trusted.

    References
    ----------
    .. [1] M. J. Tobin et al., Chest 84 (1983) 202-205 (normal values); docs/metrics/
       breath_timing.md, docs/metrics/amplitude.md, docs/metrics/sigh.md
    """
    begun, peaked, ended = turns
    onset_s, peak_s, end_s = (history.at("t", turn.row) for turn in turns)
    ti_s, te_s, ttot_s = peak_s - onset_s, end_s - peak_s, end_s - onset_s
    first, top, last = (int(turn.row) for turn in turns)
    trusted = float(np.mean(history.rows("trusted", first, last + 1)))
    amplitude = peaked.level - begun.level
    if (
        min(ti_s, te_s) < _SHORTEST_PHASE_S
        or not _SHORTEST_S <= ttot_s <= _LONGEST_S
        or amplitude < _SMALLEST
        or trusted < _TRUSTED
    ):
        return None
    moving = float(np.mean(history.rows("moving", first, last + 1)))
    reasons = history.rows("reason", first, last + 1).astype(np.int64)
    n_slope = max(1, round(0.1 * rate_hz))
    slopes = slope(np.concatenate([np.full(n_slope, combined[0]), combined]), n_slope, rate_hz)
    pause_ee_s, pause_ei_s = pauses(slopes, top - first, last - first, usually.slope, rate_hz)
    shift = abs(ended.level - begun.level) / amplitude
    sigh = (
        len(usually.amplitudes) >= _BEFORE_SIGH
        and moving < 0.5
        and amplitude >= _SIGH * statistics.median(usually.amplitudes)
    )
    sizes = {
        belt.name: float(belt.values[top - first] - belt.values[0])
        for belt in belts
        if belt.known >= _TRUSTED
    }
    names = list(sizes)
    return BreathCycle(
        t_s=end_s,
        decided_s=ended.decided_s,
        arrival_s=arrival_s,
        breath=breath,
        onset_s=onset_s,
        peak_s=peak_s,
        end_s=end_s,
        onset_decided_s=begun.decided_s,
        peak_decided_s=peaked.decided_s,
        end_decided_s=ended.decided_s,
        ti_s=ti_s,
        te_s=te_s,
        ttot_s=ttot_s,
        duty_cycle=ti_s / ttot_s,
        amplitude=amplitude,
        chest_amplitude=sizes.get("chest", sizes.get("sternum", float("nan"))),
        abdomen_amplitude=sizes.get("abdomen", sizes.get("abdomen_imu", float("nan"))),
        pause_ee_s=pause_ee_s,
        pause_ei_s=pause_ei_s,
        source="both" if len(names) > 1 else (names[0] if names else "mixed"),
        sigh=sigh,
        quality=trusted
        * (1.0 - 0.5 * moving)
        * (1.0 - min(usually.artefact, 0.5))
        * (1.0 - 0.5 * min(shift, 1.0)),
        reason=int(np.bitwise_or.reduce(reasons)),
    )


def unfinished_cycle(
    breath: int,
    times_s: tuple[float, float],
    decided_s: tuple[float, float],
    arrival_s: float,
) -> BreathCycle:
    """Describe a last breath whose end was not recorded: what is not known is NaN.

    Parameters
    ----------
    breath : int
        Its number.
    times_s, decided_s : tuple of float
        Onset and peak: when they were, and when each was decided, s.
    arrival_s : float
        When the row arrived at which the peak was decided, s.

    Returns
    -------
    cycle : BreathCycle
    """
    nan = float("nan")
    return BreathCycle(
        t_s=times_s[1],
        decided_s=decided_s[1],
        arrival_s=arrival_s,
        breath=breath,
        onset_s=times_s[0],
        peak_s=times_s[1],
        end_s=nan,
        onset_decided_s=decided_s[0],
        peak_decided_s=decided_s[1],
        end_decided_s=nan,
        ti_s=times_s[1] - times_s[0],
        te_s=nan,
        ttot_s=nan,
        duty_cycle=nan,
        amplitude=nan,
        chest_amplitude=nan,
        abdomen_amplitude=nan,
        pause_ee_s=nan,
        pause_ei_s=nan,
        source="unknown",
        sigh=False,
        quality=nan,
        reason=0,
    )


def last_unfinished(events: Sequence[Event]) -> BreathCycle | None:
    """Find a last breath that has an onset and a peak but was not over.

    Parameters
    ----------
    events : sequence of Event
        All of a session, in order.

    Returns
    -------
    cycle : BreathCycle or None
        None when the last peak belongs to a breath that was closed.
    """
    confirmed = [e for e in events if isinstance(e, BreathMark) and e.state == "confirmed"]
    peak = next((e for e in reversed(confirmed) if e.kind == "inspiration_peak"), None)
    if peak is None:
        return None
    onsets = [e for e in confirmed if e.kind == "inspiration_onset" and e.t_s < peak.t_s]
    later = any(e.kind == "inspiration_onset" and e.t_s > peak.t_s for e in confirmed)
    if later or not onsets or onsets[-1].breath != peak.breath:
        return None
    return unfinished_cycle(
        peak.breath,
        (onsets[-1].t_s, peak.t_s),
        (onsets[-1].decided_s, peak.decided_s),
        peak.arrival_s,
    )
