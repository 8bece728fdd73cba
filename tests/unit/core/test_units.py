from __future__ import annotations

import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.units import (
    BELT_UNITS,
    CONVERSIONS,
    STANDARD_GRAVITY_MPS2,
    UNITS,
    conversion,
)


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("g", "m/s2", STANDARD_GRAVITY_MPS2),
        ("mg", "m/s2", 0.00980665),
        ("rad/s", "deg/s", 57.29577951308232),
        ("mN", "N", 0.001),
        ("cm", "mm", 10.0),
    ],
)
def test_known_conversions(given: str, wanted: str, factor: float) -> None:
    assert conversion(given, wanted) == pytest.approx(factor, rel=1e-15)


def test_unknown_conversion_names_those_known() -> None:
    with pytest.raises(StreamError, match=r"from 'lbf' to 'N'; known for it: \['N', 'mN'\]"):
        conversion("lbf", "N")


def test_conversions_lead_to_units_of_ours() -> None:
    assert {wanted for _, wanted in CONVERSIONS} <= UNITS
    assert set(BELT_UNITS) <= UNITS
    assert all(CONVERSIONS[unit, unit] == 1.0 for unit in BELT_UNITS)
