"""Sensors in numbers: trust, what became of their samples, how well their time is known."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from biofeedback.core.account import StreamAccount
from biofeedback.core.results import ClockFit, SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, Event

__all__ = ["sensor_summary", "stream_summary", "timing_se_s"]

STARTING = int(Reason.SETTLING | Reason.STALE_CLOCK)
"""Every sensor begins so: it is no loss of trust."""


def sensor_summary(table: Chunk, role: Role, events: Sequence[Event]) -> dict[str, object]:
    """Say how far a sensor was trusted, and why not.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table of the whole session.
    role : Role
        Which sensor.
    events : sequence of Event
        Everything decided.

    Returns
    -------
    summary : dict
        Keys of ``sensors`` in docs/summary.md.
    """
    ok = table.column(f"{role.prefix}_ok") == 1.0
    bits = table.column(f"{role.prefix}_reason")
    reasons = {
        name.lower(): float(np.mean((np.nan_to_num(bits).astype(np.int64) & int(reason)) != 0))
        for name, reason in Reason.__members__.items()
        if reason
    }
    lost = sum(
        isinstance(event, SensorQuality) and event.role == role.value and _lost(event.reason)
        for event in events
    )
    return {
        "trusted": float(np.mean(ok)) if len(ok) else 0.0,
        "times_lost_trust": lost,
        "clock_se_s": timing_se_s(table, (role,)),
        "reasons": {name: part for name, part in reasons.items() if part > 0},
    }


def _lost(reason: int) -> bool:
    return reason & ~STARTING != 0 or reason == int(Reason.STALE_CLOCK)


def timing_se_s(table: Chunk, roles: Collection[Role]) -> float:
    """Say how well the time of a row is known, but for the constant lag.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table of the whole session.
    roles : collection of Role
        Of which sensors; the least well known counts.

    Returns
    -------
    se_s : float
        Median standard error, s; NaN where no clock is fitted.
    """
    said = [
        table.column(name) for role in roles if table.info.has(name := f"{role.prefix}_clock_se_s")
    ]
    known = [values[np.isfinite(values)] for values in said]
    return max((float(np.median(values)) for values in known if len(values)), default=math.nan)


def stream_summary(
    accounts: Sequence[StreamAccount], events: Sequence[Event]
) -> list[dict[str, object]]:
    """Say what became of every stream's samples.

    Parameters
    ----------
    accounts : sequence of StreamAccount
        The books at the end.
    events : sequence of Event
        Everything decided.

    Returns
    -------
    summary : list of dict
        Keys of ``streams`` in docs/summary.md, in the order of `accounts`.
    """
    fits = {event.stream: event for event in events if isinstance(event, ClockFit)}
    return [
        {
            "stream": account.stream,
            "expected": account.expected,
            "received": account.received,
            "lost": account.lost,
            "repaired": round(account.repaired, 1),
            "duplicates": account.duplicates,
            "rate_hz": account.rate_hz,
            "jitter_s": account.jitter_s,
            "residual_s": fits[account.stream].residual_s if account.stream in fits else math.nan,
            "clock_se_s": account.clock_se_s,
            "lag_s": account.lag_s,
        }
        for account in accounts
    ]
