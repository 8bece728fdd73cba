from __future__ import annotations

import math

from biofeedback.signal.summary_tone import tone_summary, tone_words
from tests.unit.signal.bellying import bellied, beside
from tests.unit.signal.loading import hold
from tests.unit.signal.test_tone import GUIDED, STEPS, run


def test_patterns_are_counted_and_manoeuvres_listed() -> None:
    heard = [*beside(180.0), *GUIDED, *hold(160.0, 166.0)]
    found = tone_summary(run(bellied(180.0, STEPS), heard))
    assert found is not None
    assert (found["belt"], found["breaths"]) == ("tension", 43)
    patterns = found["patterns"]
    assert isinstance(patterns, dict)
    assert patterns["relaxed"] >= 8
    assert patterns["drawing_in"] >= 8
    assert sum(patterns.values()) == found["known"] < 43
    held = found["held_s"]
    assert isinstance(held, dict)
    assert sum(held.values()) == 3
    manoeuvres = found["manoeuvres"]
    assert isinstance(manoeuvres, dict)
    assert [manoeuvres[name]["ok"] for name in ("relax", "draw_in", "brace")] == [True] * 3


def test_without_rest_there_is_nothing_to_tell() -> None:
    assert tone_summary(run(bellied(60.0, ()), beside(60.0))) is None
    assert tone_summary([]) is None


def test_a_manoeuvre_that_failed_is_listed_too() -> None:
    found = tone_summary(run(bellied(120.0, STEPS), [*beside(120.0), *GUIDED[2:4]]))
    assert found is not None
    assert found["known"] == 0
    assert isinstance(found["tonic"], float)
    assert math.isnan(found["tonic"])


def test_it_is_said_in_a_line() -> None:
    heard = [*beside(180.0), *GUIDED]
    found = tone_summary(run(bellied(180.0, STEPS), heard))
    assert found is not None
    words = tone_words(found)
    assert words.startswith(f"belly tone {found['known']} of 43 breaths known: ")
    assert "drawing in" in words
    nothing = {**found, "patterns": {}, "tonic": None}
    assert tone_words(nothing).endswith("known: unknown")
