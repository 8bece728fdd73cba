from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from biofeedback.core.entry import Command, Entry, LinkChange, LinkState, Packet, Tick

ENTRIES = [
    Packet(7, "godirect/0K2001B3", "rx", "serial", b"\x00\xff"),
    LinkChange(7, "godirect/0K2001B3", "lost", "out of range"),
    Command(7, "mark", {"text": "cough"}),
    Tick(7),
]


def test_these_are_all_entries() -> None:
    assert {type(entry) for entry in ENTRIES} == set(get_args(Entry))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_entries_are_frozen_and_timed(entry: Entry) -> None:
    assert entry.host_time_ns == 7
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.host_time_ns = 8  # type: ignore[misc]
    assert dataclasses.replace(entry, host_time_ns=8) != entry


def test_commands_need_no_arguments() -> None:
    assert dict(Command(1, "record").arguments) == {}
    with pytest.raises(TypeError):
        Command(1, "record").arguments["text"] = "x"  # type: ignore[index]


def test_links_say_when_they_are_being_closed() -> None:
    states = get_args(LinkState)
    assert states.index("closing") < states.index("closed")
