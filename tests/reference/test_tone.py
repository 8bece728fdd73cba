"""Belly tone through the sensors' bytes, against the script."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tone import KINDS, session, tally
from biofeedback.core.tone_results import BeltType


def test_guided_manoeuvres_are_told_again() -> None:
    found = tally(*session(1))
    assert found["references"] == {"relax": "taken", "draw_in": "taken", "brace": "taken"}
    told, errors = found["told"], found["tonic_errors"]
    assert isinstance(told, dict)
    for name in ("relaxed", "drawing_in", "bracing", "over_bracing"):
        assert told[name][name] >= 0.8 * sum(told[name].values()), name
    assert set(told["held_in"]) == {"unclear"}
    assert float(np.median(np.abs(errors))) < 0.3  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_belly_pushed_out_is_never_at_rest_and_t_is_as_sure_as_it_says(kind: BeltType) -> None:
    found = tally(*session(11, kind=kind), kind)
    told, covered = found["told"], found["covered"]
    assert isinstance(told, dict)
    assert isinstance(covered, dict)
    mistaken = {"relaxed": "bracing", "drawing_in": "bulging", "bracing": "relaxed"}
    for name, other in mistaken.items():
        assert other not in told[name]
    assert not {"relaxed", "drawing_in"} & set(told["bulging"])
    if kind == "length":
        assert told["bulging"]["bulging"] >= 0.6 * sum(told["bulging"].values())
    inside = [one for breaths in covered.values() for one in breaths]
    assert np.mean(inside) >= 0.9
