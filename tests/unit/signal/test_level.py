from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.level import levelled


def leaning(ap: float, ml: float) -> FloatArray:
    """Turn level vectors (forward, right, up) into the axes of a trunk that leans."""
    to_side = np.array([[1, 0, 0], [0, np.cos(ml), -np.sin(ml)], [0, np.sin(ml), np.cos(ml)]])
    ahead = np.array([[np.cos(ap), 0, -np.sin(ap)], [0, 1, 0], [np.sin(ap), 0, np.cos(ap)]])
    return np.asarray(to_side @ ahead)


size = st.floats(-3.0, 3.0)


@given(st.floats(-30.0, 60.0), st.floats(-30.0, 30.0), size, size, size)
def test_whoever_leans_is_accelerated_as_if_upright(
    ap_deg: float, ml_deg: float, forward: float, right: float, up: float
) -> None:
    """Of what a leaning sensor feels, its level part remains; the tilt is what such a one tells."""
    turn = leaning(math.radians(ap_deg), math.radians(ml_deg))
    felt = turn @ np.array([forward, right, up + STANDARD_GRAVITY_MPS2])
    way_up = turn @ np.array([0.0, 0.0, 1.0])
    tilt_deg = np.rad2deg(
        [
            np.arctan2(-way_up[0], way_up[2]),
            np.arctan2(-way_up[1], np.hypot(way_up[0], way_up[2])),
        ]
    )
    found = levelled(np.array([[felt[0], felt[1], up]]), tilt_deg[None, :])[0]
    # Aside is where the trunk's own right points along the ground.
    aside = turn[1] * np.array([1.0, 1.0, 0.0])
    aside = aside / np.hypot(*aside[:2])
    ahead = np.array([aside[1], -aside[0], 0.0])
    level = np.array([forward, right, 0.0])
    assert found == pytest.approx([ahead @ level, aside @ level, up], abs=1e-9)


def test_what_is_not_known_stays_so() -> None:
    found = levelled(np.array([[1.0, np.nan, 2.0]]), np.array([[0.0, 0.0]]))[0]
    assert found[2] == 2.0
    assert math.isnan(found[1])
