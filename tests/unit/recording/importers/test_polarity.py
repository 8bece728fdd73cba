from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.recording.importers.mapping import SiteMap
from biofeedback.recording.importers.polarity import check_polarity
from biofeedback.recording.importers.streams import ImportedStream

TIME_S = np.arange(0, 120, 0.05)


def breathing(duty: float = 0.38, period_s: float = 4.0) -> FloatArray:
    """Return half cosines up for `duty` of the period, down for the rest."""
    phase = TIME_S / period_s % 1.0
    up = phase < duty
    return np.where(
        up, -np.cos(np.pi * phase / duty), np.cos(np.pi * (phase - duty) / (1.0 - duty))
    )


def belt(site: str, values: FloatArray, invert: bool = False) -> ImportedStream:
    info = StreamInfo(site, (Channel("excursion", "a.u."),), 20.0)
    return ImportedStream(
        SiteMap(site, "belt", (site,)), info, TIME_S[: len(values)], values[:, None], invert
    )


def hints(*streams: ImportedStream) -> list[str]:
    notes: list[str] = []
    check_polarity(streams, notes)
    return notes


def test_upright_belts_get_no_hint() -> None:
    assert hints(belt("chest", breathing()), belt("abdomen", 3 * breathing())) == []


def test_a_belt_upside_down_is_hinted_at() -> None:
    (note,) = hints(belt("chest", -breathing()))
    assert "chest rises for longer than it falls" in note
    assert "--invert chest" in note


def test_an_inverted_belt_is_judged_as_inverted() -> None:
    assert hints(belt("chest", -breathing(), invert=True)) == []
    (note,) = hints(belt("chest", breathing(), invert=True))
    assert "do not invert it" in note


def test_a_sine_tells_nothing() -> None:
    assert hints(belt("chest", breathing(0.5))) == []


def test_belts_against_each_other_are_hinted_at() -> None:
    notes = hints(belt("chest", breathing(0.5)), belt("abdomen", -breathing(0.5)))
    assert len(notes) == 1
    assert "against each other (correlation -1.00)" in notes[0]


def test_drift_and_a_tug_do_not_decide() -> None:
    values = breathing() - TIME_S / 20
    values[1000:1010] += 50.0
    assert hints(belt("chest", values)) == []


@pytest.mark.parametrize(
    "values", [np.zeros(len(TIME_S)), -breathing()[:100], np.full(len(TIME_S), np.nan)]
)
def test_nothing_is_said_of_what_tells_nothing(values: FloatArray) -> None:
    assert hints(belt("chest", values), belt("abdomen", values)) == []


def test_missing_values_do_no_harm() -> None:
    values = -breathing()
    values[::7] = np.nan
    assert len(hints(belt("chest", values))) == 1
