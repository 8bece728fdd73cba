"""A belly that relaxes, draws in and braces, is held, and partly missing: table and events."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import CommandHeard
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.tone import BellyTone
from tests.contract.stage_contract import Example
from tests.unit.signal.bellying import bellied, table_of
from tests.unit.signal.loading import breath, hold


def belly() -> list[Chunk]:
    """Ends in a hold, then a break of 3 s."""
    belt = bellied(190.0, ((60.0, -0.5, 0.7), (100.0, 0.8, 0.5)))
    belt[6500:6900] = 11.6
    belt[4000:4100] = np.nan
    return [table_of(belt[:7000]), table_of(belt[7000:], begin_s=143.0, number=1)]


def guided(chunks: Sequence[Chunk]) -> list[Event]:
    """Breaths, three manoeuvres, a hold; each decided at a row."""
    said = ((20, "tone_relax"), (56, ""), (64, "tone_draw_in"), (96, "tone_brace"), (126, ""))
    events: list[Event] = [
        CommandHeard(
            t_s=float(at_s), decided_s=0.0, arrival_s=0.0, name="task", arguments=(("name", name),)
        )
        for at_s, name in said
    ]
    events = [dataclasses.replace(one, decided_s=one.t_s) for one in events]
    events += [breath(number, float(at_s)) for number, at_s in enumerate(range(8, 128, 4))]
    events += hold(130.0, 138.0)
    events += [breath(40 + number, float(at_s)) for number, at_s in enumerate(range(152, 188, 4))]
    found: list[Event] = []
    for one in sorted(events, key=lambda event: event.decided_s):
        chunk = next(c for c in chunks if c.t_s[-1] >= one.decided_s)
        row = int(np.searchsorted(chunk.t_s, one.decided_s - 1e-9))
        found.append(
            dataclasses.replace(
                one, decided_s=float(chunk.t_s[row]), arrival_s=float(chunk.arrival_s[row])
            )
        )
    return found


TONED = {"belly tone": Example(BellyTone, belly, guided, reads=("abdomen_excursion",))}
