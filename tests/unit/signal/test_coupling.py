from __future__ import annotations

import dataclasses

import numpy as np

from biofeedback.core.labels import BeltsCoupled
from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.coupling import BREATHS, Coupling
from biofeedback.signal.stage import Pipeline
from tests.contract.stage_examples import breaths, table

PERIOD_ROWS = 200
NAMES = [("chest_excursion", "N"), ("abdomen_excursion", "N")]


def belts(shares: list[float], lag_rows: int = 0) -> tuple[Chunk, list[Event]]:
    """Breaths of 4 s in which the chest moves so much beside the belly, and their events."""
    rows = np.arange(PERIOD_ROWS * (len(shares) + 2))
    # The events of the examples have their onsets a row and a second after the first.
    wave = [0.5 - 0.5 * np.cos(2 * np.pi * (rows - lag) / PERIOD_ROWS) for lag in (0, lag_rows)]
    share = np.array([*shares, shares[-1], shares[-1]])[rows // PERIOD_ROWS]
    chunk = table(NAMES, 50.0, [np.column_stack([share * wave[0], wave[1]])])[0]
    events: list[Event] = []
    for event in breaths([chunk]):
        if isinstance(event, BreathCycle) and event.breath < len(shares):
            events.append(
                dataclasses.replace(
                    event, chest_amplitude=shares[event.breath], abdomen_amplitude=1.0
                )
            )
    return chunk, events


def told(chunk: Chunk, heard: list[Event]) -> list[BeltsCoupled]:
    pipeline = Pipeline([Coupling()])
    pipeline.bind(chunk.info)
    return [event for event in pipeline.process(chunk, heard)[1] if isinstance(event, BeltsCoupled)]


def test_belts_in_one_ratio_for_twenty_breaths_are_coupled() -> None:
    chunk, heard = belts([0.6] * 25)
    found = told(chunk, heard)
    assert [event.coupled for event in found] == [True]
    assert found[0].breaths == BREATHS
    assert found[0].decided_s == heard[BREATHS - 1].decided_s
    assert found[0].correlation > 0.98
    assert found[0].ratio_spread < 0.03


def test_a_breath_in_another_ratio_takes_it_back() -> None:
    found = told(*belts([*[0.6] * 22, 0.7, *[0.6] * 5]))
    assert [event.coupled for event in found] == [True, False]


def test_breaths_that_scatter_as_a_body_does_are_not() -> None:
    random = np.random.default_rng(3)
    assert told(*belts(list(0.6 * np.exp(random.normal(0, 0.06, 40))))) == []


def test_belts_out_of_step_are_not() -> None:
    assert told(*belts([0.6] * 25, lag_rows=15)) == []


def test_a_breath_that_a_belt_missed_counts_neither_way() -> None:
    chunk, heard = belts([0.6] * 25)
    fourth = heard[4]
    assert isinstance(fourth, BreathCycle)
    missed = dataclasses.replace(fourth, chest_amplitude=float("nan"))
    found = told(chunk, [*heard[:4], missed, *heard[5:]])
    assert found[0].decided_s == heard[BREATHS].decided_s
