from __future__ import annotations

import dataclasses
import math

from biofeedback.core import results, trunk_results
from biofeedback.core.trunk_results import Settled


def test_all_of_them_are_results() -> None:
    for name in trunk_results.__all__:
        assert getattr(results, name) is getattr(trunk_results, name)
        assert name in results.__all__


def test_unknown_is_not_zero() -> None:
    """A push after which the trunk never came to rest has no settling time."""
    numbers = dict.fromkeys(
        (f.name for f in dataclasses.fields(Settled) if f.name != "role"), math.nan
    )
    assert math.isnan(Settled(role="pelvis_imu", **numbers).settling_s)
