"""How much belly and breastbone turn beside each other with the breath."""

from __future__ import annotations

from dataclasses import dataclass

from biofeedback.core.stream import Event

__all__ = ["RotationRatio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRatio(Event):
    """Turn of a motion sensor on the belly by that of one on the sternum, over 30 s; every 5 s.

    It is no share of volume: two tilts are not two volumes, and each depends on where its sensor
    sits. Only its change from one's own start can be read.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the window; when it was complete.
    start_s : float
        Start of the window, s.
    log_ratio : float
        ln(turn of the belly / turn of the sternum); NaN unless both tell the same breathing.
    change : float
        From the own start: positive, the belly turns more; NaN until that is known.
    differs : bool
        By more than chance makes it, 0.3 (a third more or a quarter less).
    """

    start_s: float
    log_ratio: float
    change: float
    differs: bool
