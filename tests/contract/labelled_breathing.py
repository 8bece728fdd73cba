"""Examples for the stages that judge whole breaths."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import Channel, Chunk, Event
from biofeedback.signal.breath_labels import BreathLabels
from biofeedback.signal.coupling import Coupling
from tests.contract.stage_contract import Example


def labelled_breathing(belts: Sequence[Chunk]) -> list[Chunk]:
    """Belts beside a breath signal and a back that moves for a while; a cough in both belts."""
    chunks = []
    for chunk in belts:
        row = np.arange(len(chunk))
        signal = np.sin(2 * np.pi * chunk.t_s / 4.0)
        moving = np.where((row > 1300) & (row < 1700), 0.5, 0.01)
        coughed = np.exp(-(((row - 2870) / 6.0) ** 2))
        data = np.column_stack([chunk.data, signal, moving])
        data[:, [0, 3]] -= coughed[:, np.newaxis]
        added = (Channel("breath_signal", "ratio"), Channel("back_motion_mps2", "m/s2"))
        info = dataclasses.replace(chunk.info, channels=chunk.info.channels + added)
        chunks.append(dataclasses.replace(chunk, info=info, data=data))
    return chunks


def coupled(belts: Sequence[Chunk]) -> list[Chunk]:
    """Belts of which the chest's does what the belly's does."""
    chunks = []
    for chunk in belts:
        data = chunk.data.copy()
        data[:, 0] = 0.7 * data[:, 3]
        chunks.append(dataclasses.replace(chunk, data=data))
    return chunks


def alike(heard: Sequence[Event]) -> list[Event]:
    """Breaths in one ratio, but every 24th."""
    return [
        dataclasses.replace(event, chest_amplitude=1.9 if event.breath % 24 == 23 else 1.7)
        if isinstance(event, BreathCycle)
        else event
        for event in heard
    ]


def label_examples(
    belts: Callable[[], list[Chunk]], heard: Callable[[Sequence[Chunk]], list[Event]]
) -> dict[str, Example]:
    """An example for each stage that judges whole breaths."""
    return {
        "coupling": Example(
            Coupling,
            lambda: coupled(belts()),
            lambda chunks: alike(heard(chunks)),
            reads=("chest_excursion", "abdomen_excursion"),
        ),
        "breath labels": Example(
            BreathLabels, lambda: labelled_breathing(belts()), heard, reads=("breath_signal",)
        ),
    }
