"""Allowed unit strings, conversions to them, and gravity.

Axes, signs and what "lead" means are written down once, in ``docs/units-and-frames.md``.
"""

from __future__ import annotations

from types import MappingProxyType

from biofeedback.core.errors import StreamError

__all__ = ["BELT_UNITS", "CONVERSIONS", "STANDARD_GRAVITY_MPS2", "UNITS", "conversion"]

STANDARD_GRAVITY_MPS2 = 9.80665
"""Standard acceleration of free fall, m/s² (CGPM 1901)."""

BELT_UNITS = ("N", "mm", "V", "count", "a.u.")
"""What a belt may measure in: only force belts are newtons."""

UNITS = frozenset(
    {
        *BELT_UNITS,
        "m/s2",
        "deg/s",
        "deg",
        "mV",
        "s",
        "Hz",
        "ratio",
        "pct",
        "1/min",
        "dBm",
        "degC",
        "flag",  # 1 yes, 0 no
        "reason",  # bit set of biofeedback.core.roles.Reason
    }
)

CONVERSIONS = MappingProxyType(
    {
        ("g", "m/s2"): STANDARD_GRAVITY_MPS2,
        ("mg", "m/s2"): STANDARD_GRAVITY_MPS2 / 1000.0,
        ("m/s2", "m/s2"): 1.0,
        ("m/s^2", "m/s2"): 1.0,
        ("m/s²", "m/s2"): 1.0,
        ("mps2", "m/s2"): 1.0,
        ("deg/s", "deg/s"): 1.0,
        ("dps", "deg/s"): 1.0,
        ("mdps", "deg/s"): 0.001,
        ("rad/s", "deg/s"): 57.29577951308232,
        ("N", "N"): 1.0,
        ("mN", "N"): 0.001,
        ("mm", "mm"): 1.0,
        ("cm", "mm"): 10.0,
        ("m", "mm"): 1000.0,
        ("V", "V"): 1.0,
        ("mV", "V"): 0.001,
        ("mV", "mV"): 1.0,
        ("count", "count"): 1.0,
        ("a.u.", "a.u."): 1.0,
    }
)
"""Factor from a unit other people use to one of ours."""


def conversion(given: str, wanted: str) -> float:
    """Return the factor that turns values in `given` into values in `wanted`.

    Parameters
    ----------
    given : str
        Unit of the values at hand.
    wanted : str
        One of :data:`UNITS`.

    Returns
    -------
    factor : float

    Raises
    ------
    StreamError
        If no such conversion is known.
    """
    try:
        return CONVERSIONS[(given, wanted)]
    except KeyError:
        known = sorted({source for source, target in CONVERSIONS if target == wanted})
        raise StreamError(
            f"no conversion from {given!r} to {wanted!r}; known for it: {known}"
        ) from None
