"""What was measured beside what the simulation knows, and what was not measured at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.ports import Samples
from biofeedback.core.results import BreathingRate, BreathShare, FiveStands, Hold, Repetition
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.core.task_words import task_words
from biofeedback.drivers.registry import protocol_for
from biofeedback.signal.summary import circular_mean_deg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from biofeedback.core.entry import Entry
    from biofeedback.core.results import BreathCycle
    from biofeedback.session.offline import Analysis
    from firmware_sim.body import Body, Truth

__all__ = ["compared", "intervals_s"]

MATCH_S = 0.5

Row = tuple[str, str, str]
"""Name, measured, true."""
Pair = tuple[int, "BreathCycle"]
"""Number of a true breath, and the one that was found for it."""


def compared(
    analysis: Analysis, body: Body, truth_starts_s: float, rr_s: FloatArray | None = None
) -> str:
    """Put what was measured beside the truth, and say what is not known.

    Parameters
    ----------
    analysis : Analysis
        The recorded session.
    body : Body
        The simulated person.
    truth_starts_s : float
        When the person began, s of session time.
    rr_s : ndarray, shape (n_intervals,), or None
        RR intervals that a strap told, s; None when no strap was worn.

    Returns
    -------
    words : str
        A table, and a line for each thing that is not known.
    """
    rows = _breathing(analysis, body.truth, truth_starts_s)
    for role in Role:
        if role.kind == "imu" and analysis.table.info.has(f"{role.prefix}_tilt_ap_deg"):
            rows += _tilt(analysis, role, body, truth_starts_s)
    rows += _exercises(analysis, body.truth)
    if rr_s is not None:
        rows += _heart(rr_s, body)
    lines = [f"{name:12}{measured:>12}{true:>12}" for name, measured, true in rows]
    unknown = analysis.summary["unknown"]
    assert isinstance(unknown, Mapping)
    not_known = [f"not known   {name}: {why}" for name, why in unknown.items()]
    return "\n".join([f"{'':12}{'measured':>12}{'truth':>12}", *lines, *not_known])


def intervals_s(entries: Iterable[Entry], device_id: str) -> FloatArray:
    """Return the RR intervals that a strap told.

    Parameters
    ----------
    entries : iterable of Entry
        Of the recorded session.
    device_id : str
        The strap.

    Returns
    -------
    intervals : ndarray, shape (n_intervals,)
        s, in order.
    """
    protocol = protocol_for(device_id)
    protocol.start()
    told: list[FloatArray] = []
    for entry in entries:
        if isinstance(entry, Packet) and entry.device_id == device_id and entry.direction == "rx":
            told += [
                output.values[:, 1]
                for output in protocol.receive(entry)
                if isinstance(output, Samples) and output.stream_id == "heart"
            ]
    found = np.concatenate(told) if told else np.empty(0)
    return found[np.isfinite(found)]


def _breathing(analysis: Analysis, truth: Truth, starts_s: float) -> list[Row]:
    """Breaths, their rate, how chest and belly share them, holds."""
    peaks_s = truth.peak_s + starts_s
    holds = [(hold.start_s + starts_s, hold.end_s + starts_s) for hold in truth.holds]
    pairs: list[Pair] = []
    for breath in analysis.breaths:
        number = int(np.argmin(np.abs(peaks_s - breath.peak_s)))
        if abs(peaks_s[number] - breath.peak_s) <= MATCH_S:
            pairs.append((number, breath))
    free = [
        (number, breath)
        for number, breath in pairs
        if not any(
            start_s < truth.end_s[number] + starts_s and peaks_s[number] < end_s
            for start_s, end_s in holds
        )
    ]
    seen_s = analysis.table.t_s[0] if len(analysis.table) else 0.0
    rows: list[Row] = [("breaths", str(len(pairs)), str(int(np.sum(peaks_s > seen_s))))]
    windows = [event for event in analysis.events if isinstance(event, BreathingRate)]
    if windows:
        rows += _rate_of_windows(windows, peaks_s)
    elif free:
        # Where one breath is cut off late the next one is short: the mean takes that out, the
        # median of a dozen breaths does not.
        measured = 60 / np.mean([breath.ttot_s for _, breath in free])
        true = 60 / np.mean([truth.end_s[n] - truth.onset_s[n] for n, _ in free])
        rows.append(("rate /min", f"{measured:.2f}", f"{true:.2f}"))
        rows.append(("rate error", f"{abs(measured - true):.2f}", ""))
    rows += _share(analysis, truth, free)
    ended = [e for e in analysis.events if isinstance(e, Hold) and e.state == "ended"]
    rows.append(
        (
            "holds s",
            ", ".join(f"{hold.duration_s:.1f}" for hold in ended) or "none",
            ", ".join(f"{end_s - start_s:.1f}" for start_s, end_s in holds) or "none",
        )
    )
    return rows


def _rate_of_windows(windows: Sequence[BreathingRate], peaks_s: FloatArray) -> list[Row]:
    """The rate a motion sensor told, beside that of the true breaths of the same half minutes."""
    known = [window for window in windows if window.state == "known"]
    rows: list[Row] = [("rate known", f"{len(known)} of {len(windows)}", "")]
    pairs = []
    for window in known:
        within_s = peaks_s[(peaks_s >= window.start_s) & (peaks_s <= window.t_s)]
        if len(within_s) > 1:
            true = 60 * (len(within_s) - 1) / (within_s[-1] - within_s[0])
            pairs.append((window.rate_per_min, true))
    if pairs:
        measured, true = np.median(pairs, axis=0)
        error = np.mean([abs(told - right) for told, right in pairs])
        rows.append(("rate /min", f"{measured:.2f}", f"{true:.2f}"))
        rows.append(("rate error", f"{error:.2f}", ""))
    return rows


def _share(analysis: Analysis, truth: Truth, free: Sequence[Pair]) -> list[Row]:
    """How chest and belly move together, and how their share changed."""
    shares = {e.breath: e for e in analysis.events if isinstance(e, BreathShare)}
    known = [(n, shares[b.breath]) for n, b in free if b.breath in shares]
    if not known:
        return []
    measured, _ = circular_mean_deg(np.array([s.phase_angle_deg for _, s in known]))
    true, _ = circular_mean_deg(np.array([truth.phase_deg[n] for n, _ in known]))
    rows: list[Row] = [("phase °", f"{measured:+.0f}", f"{true:+.0f}")]
    # In paradox the chest takes more than all or less than nothing, and no share is known.
    odds = [(s.log_ratio, truth.rib_share[n]) for n, s in known]
    told = np.array([pair for pair in odds if np.isfinite(pair[0]) and 0 < pair[1] < 1])
    if len(told) > 1:
        told[:, 1] = np.log(told[:, 1] / (1 - told[:, 1]))
        third = max(1, len(told) // 3)
        change, true_change = np.median(told[-third:], axis=0) - np.median(told[:third], axis=0)
        rows.append(("share change", f"{change:+.2f}", f"{true_change:+.2f}"))
    return rows


def _tilt(analysis: Analysis, role: Role, body: Body, starts_s: float) -> list[Row]:
    """How far the place of a motion sensor leaned; a constant difference means nothing."""
    table = analysis.table
    ap_deg = table.column(f"{role.prefix}_tilt_ap_deg")
    good = np.isfinite(ap_deg)
    if not good.any():
        return [("tilt RMS °", "unknown", "")]
    true_deg = body.trunk(role.site, table.t_s[good] - starts_s).tilt_deg[:, 0]
    error_deg = ap_deg[good] - true_deg
    return [
        ("tilt RMS °", f"{np.std(ap_deg[good]):.2f}", f"{np.std(true_deg):.2f}"),
        ("tilt error °", f"{np.std(error_deg):.2f}", ""),
    ]


def _exercises(analysis: Analysis, truth: Truth) -> list[Row]:
    """Repetitions of each exercise, and how long five stands took."""
    counted = Counter(e.task for e in analysis.events if isinstance(e, Repetition) and e.counted)
    done = Counter(one.label for one in truth.repetitions)
    rows: list[Row] = [
        (task_words(kind), str(counted[kind]), str(done[kind])) for kind in {**done, **counted}
    ]
    rose = [one for one in truth.repetitions if one.label == "sit_to_stand"]
    fives = [event for event in analysis.events if isinstance(event, FiveStands)]
    if fives and len(rose) >= 5:
        true_s = rose[4].end_s - rose[0].start_s
        rows.append(("5 stands s", f"{fives[0].seated_s:.1f}", f"{true_s:.1f}"))
    return rows


def _heart(rr_s: FloatArray, body: Body) -> list[Row]:
    """Intervals between beats: those told are laid beside the true ones where they fit best."""
    rows: list[Row] = [("intervals", str(len(rr_s)), str(len(body.truth.beats_s) - 1))]
    if not len(rr_s):
        return rows
    # The person lives on a while after the script, and may have been heard meanwhile.
    true_s = np.diff(body.heart.beats_s)
    beside = np.lib.stride_tricks.sliding_window_view(true_s, len(rr_s))
    errors_s = np.array([np.sqrt(np.mean((rr_s - part) ** 2)) for part in beside])
    best = int(np.argmin(errors_s))
    rows.append(("heart /min", f"{60 / rr_s.mean():.1f}", f"{60 / beside[best].mean():.1f}"))
    rows.append(("RR error ms", f"{1000 * errors_s[best]:.1f}", ""))
    return rows
