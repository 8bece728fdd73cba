"""Putting sensors on, in words."""

from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.roles import Reason, Role
from biofeedback.gui.fitting import Device, present_fitting, swap_words
from biofeedback.gui.states import Quality
from biofeedback.session.live import Live
from tests.gui.made import made_live

OPEN = Quality("unknown", "waiting")
DEVICES = {
    "witmotion/1": Device("IMU", ("imu",), None),
    "godirect/1": Device("Belt", ("belt",), -58),
}


def test_nothing_worn_names_what_is_missing() -> None:
    state = present_fitting(DEVICES, {}, Live(), 1e12, OPEN)
    assert [check.words for check in state.checks][:3] == [
        "not worn yet",
        "not worn yet",
        "optional, not worn",
    ]
    assert "nothing to record" in state.start
    assert state.capability.startswith("Nothing yet")


def test_cards_offer_places_that_fit_and_worn_ones_come_first() -> None:
    state = present_fitting(DEVICES, {"godirect/1": Role.CHEST_BELT}, Live(), 1e12, OPEN)
    assert [card.device_id for card in state.cards] == ["godirect/1", "witmotion/1"]
    assert state.cards[0].choices == (Role.CHEST_BELT, Role.ABDOMEN_BELT)
    assert state.cards[0].signal == "−58 dBm"
    assert state.cards[1].signal == "cable"


def test_a_full_disk_is_doubtful() -> None:
    state = present_fitting({}, {}, Live(), 1e8, OPEN)
    storage = next(check for check in state.checks if check.title == "Storage")
    assert storage.quality.word == "doubtful"


def test_made_belts_are_found_good(live: Live) -> None:
    state = present_fitting({}, {}, live, 1e12, OPEN)
    assert state.checks[0].words == "found, good"


@pytest.mark.parametrize(
    ("chest", "abdomen", "word"),
    [(1.0, 2.0, "good"), (2.0, 1.0, "doubtful"), (1.5, 1.5, "unknown"), (1.0, 0.0, "unknown")],
)
def test_a_belly_breath_tells_swapped_belts(chest: float, abdomen: float, word: str) -> None:
    wave = np.sin(np.arange(500) / 20)
    # Gains differ between belts, and cancel.
    found = swap_words(wave, 7 * wave, chest * wave, 7 * abdomen * wave)
    assert found.word == word


@pytest.mark.parametrize(
    ("newtons", "word", "said"),
    [
        (8.0, "good", "N at rest"),
        (0.3, "doubtful", "slack"),
        (46.0, "doubtful", "tight"),
    ],
)
def test_a_force_belt_tells_how_tight_it_is(newtons: float, word: str, said: str) -> None:
    live = made_live(60.0)
    live.units["chest_excursion"] = "N"
    for trace in (live.table, *live.native.values()):
        if trace.has("chest_excursion"):
            row = trace._rows["chest_excursion"]
            trace._values[row] += newtons - np.nanmedian(trace.column("chest_excursion")[1][-500:])
    checks = present_fitting({}, {}, live, 1e12, OPEN).checks
    chest = next(check for check in checks if check.title == "Tension, chest")
    assert chest.quality.word == word
    assert said in chest.words


def test_a_belt_at_its_end_says_so_and_other_units_tell_no_tightness() -> None:
    live = made_live(60.0)
    live.units["chest_excursion"] = live.units["abdomen_excursion"] = "mm"
    live.quality["abdomen_belt"] = Reason.SATURATED
    checks = {c.title: c for c in present_fitting({}, {}, live, 1e12, OPEN).checks}
    assert "does not tell" in checks["Tension, chest"].words
    assert checks["Tension, abdomen"].quality.word == "doubtful"
    assert "end of its range" in checks["Tension, abdomen"].words
