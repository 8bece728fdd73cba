"""Entries and events of every kind, and a small session made of them."""

from __future__ import annotations

import random
import typing
from collections.abc import Iterator
from pathlib import Path

from hypothesis import strategies as st

from biofeedback.core.entry import Command, CommandName, Entry, LinkChange, LinkState, Packet, Tick
from biofeedback.core.stream import Event
from biofeedback.recording.layout import ClockPair, DeviceDescription, SessionDescription
from biofeedback.recording.messages import EVENT_TYPES
from biofeedback.recording.writer import SessionWriter

BELT, IMU = "godirect/0K2001C1", "witmotion/ttyUSB0"
DESCRIPTION = SessionDescription(
    (DeviceDescription(BELT, "godirect"), DeviceDescription(IMU, "witmotion", {"rate_hz": 100})),
    person="p017",
    source="record, kit two belts",
    notes=("clock of the chest belt stepped once",),
    clock=(ClockPair("2026-02-03T10:12:05+00:00", 1_000_000_000),),
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.integers(min_value=0, max_value=2**63)
SCALARS = st.one_of(st.text(), st.integers(), FINITE, st.booleans(), st.none())
DEVICES = st.from_regex(r"[a-z]+/[A-Za-z0-9:|]+", fullmatch=True)

ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(
        Packet,
        TIMES,
        DEVICES,
        st.sampled_from(("rx", "tx")),
        st.from_regex(r"[a-z0-9-]+", fullmatch=True),
        st.binary(max_size=300),
    ),
    st.builds(
        LinkChange,
        TIMES,
        DEVICES,
        st.sampled_from(typing.get_args(LinkState)),
        st.text(),
        st.one_of(st.none(), FINITE),
    ),
    st.builds(
        Command,
        TIMES,
        st.sampled_from(typing.get_args(CommandName)),
        st.dictionaries(st.text(), SCALARS, max_size=4),
    ),
    st.builds(Tick, TIMES),
)


def events(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of a type, NaN included, infinities not."""
    by_hint: dict[object, st.SearchStrategy[typing.Any]] = {
        float: st.floats(allow_infinity=False),
        int: st.integers(),
        bool: st.booleans(),
        str: st.text(),
    }
    fields = {}
    for name, given in typing.get_type_hints(kind).items():
        hint, nothing = given, type(None) in typing.get_args(given)
        if nothing:
            (hint,) = (one for one in typing.get_args(given) if one is not type(None))
        if typing.get_origin(hint) is typing.Literal:
            fields[name] = st.sampled_from(typing.get_args(hint))
        elif typing.get_origin(hint) is tuple:
            fields[name] = st.lists(st.tuples(st.text(), SCALARS), max_size=3).map(tuple)
        else:
            fields[name] = by_hint[hint]
        if nothing:
            fields[name] = st.one_of(st.none(), fields[name])
    return st.builds(kind, **fields)


ANY_EVENT = st.one_of(*(events(kind) for kind in EVENT_TYPES.values()))


def entries(n_entries: int, seed: int = 1) -> Iterator[Entry]:
    """A session's worth of entries that zstd cannot make vanish."""
    chance = random.Random(seed)
    time_ns = 1_000_000_000
    for number in range(n_entries):
        time_ns += chance.randrange(5_000_000, 15_000_000)
        match number % 20:
            case 0:
                yield Tick(time_ns)
            case 1:
                yield LinkChange(time_ns, BELT, "open" if number < 20 else "silent", "half a word")
            case 2:
                yield Command(time_ns, "mark", {"text": f"number {number}", "value": 0.1})
            case 3:
                yield Packet(time_ns, BELT, "tx", "f4bf14a6", chance.randbytes(20))
            case 4 | 5 | 6 | 7:
                yield Packet(time_ns, BELT, "rx", "b41e6675", chance.randbytes(60))
            case _:
                yield Packet(time_ns, IMU, "rx", "serial", chance.randbytes(44))


def write(folder: Path, written: list[Entry]) -> None:
    """Record entries and close the session."""
    with SessionWriter(folder, DESCRIPTION) as writer:
        for entry in written:
            writer.write_entry(entry)
    assert writer.failure is None
