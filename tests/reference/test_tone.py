"""Belly tone through the sensors' bytes, against the script."""

from __future__ import annotations

import numpy as np

from benchmarks.tone import session, tally


def test_guided_manoeuvres_are_told_again() -> None:
    found = tally(*session(1))
    assert found["references"] == {"relax": "taken", "draw_in": "taken", "brace": "taken"}
    told, errors = found["told"], found["tonic_errors"]
    assert isinstance(told, dict)
    for name in ("relaxed", "drawing_in", "bracing", "over_bracing"):
        assert told[name][name] >= 0.8 * sum(told[name].values()), name
    assert set(told["held_in"]) == {"unclear"}
    assert float(np.median(np.abs(errors))) < 0.3  # type: ignore[arg-type]
