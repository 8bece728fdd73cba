"""Was this breath spoken? In quickly, out slowly and evenly.

Who speaks takes a short breath and lets it out at the pace of the words. At rest the lungs empty
by themselves: fast at first, then slower, then not at all.
"""

from __future__ import annotations

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import FloatArray

__all__ = ["speech_confidence"]

DUTY, DUTY_SURE = 0.25, 0.15
"""Ti/Ttot below which a breath may be spoken, and surely; at rest it is 0.42 ± 0.03."""
TIMES_TI = 2.5
"""Expiration is at least so many times as long as inspiration."""
FILLED, FILLED_SURE = 0.42, 0.50
"""Mean level over expiration, from 0 (empty) to 1 (as at the peak): 0.5 when it falls evenly, about
0.3 when the lungs empty by themselves."""
ENDS_S = 0.1


def speech_confidence(breath: BreathCycle, expiration: FloatArray, rate_hz: float) -> float:
    """Tell how surely a breath was spoken.

    Parameters
    ----------
    breath : BreathCycle
        Its durations.
    expiration : ndarray, shape (n_rows,)
        The breath signal from its peak to the next onset.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    confidence : float
        0 when it was not, 0.5 just past the limits, to 1.

    References
    ----------
    .. [1] M. J. Tobin et al., Chest 84 (1983) 202-205 (Ti/Ttot at rest); docs/metrics/labels.md
    """
    filled = _filled(expiration, max(1, round(ENDS_S * rate_hz)))
    if breath.te_s < TIMES_TI * breath.ti_s or not (breath.duty_cycle <= DUTY and filled >= FILLED):
        return 0.0
    quick = (DUTY - breath.duty_cycle) / (DUTY - DUTY_SURE)
    even = (filled - FILLED) / (FILLED_SURE - FILLED)
    return 0.5 + 0.5 * min(quick, even, 1.0)


def _filled(expiration: FloatArray, n_ends: int) -> float:
    """Return the mean level between that at the peak and that at the end; NaN if unknown."""
    if len(expiration) < 2 * n_ends:
        return np.nan
    top, rest = expiration[:n_ends].mean(), expiration[-n_ends:].mean()
    if not top > rest:
        return np.nan
    return float(np.mean(np.clip((expiration - rest) / (top - rest), 0.0, 1.0)))
