from __future__ import annotations

import dataclasses
import importlib
import json
import math
import pkgutil
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback import core
from biofeedback.core import results
from biofeedback.core.donning import CalibrationStep, Problem
from biofeedback.core.entry import Command, Entry, Packet
from biofeedback.core.errors import RecordingError, RecordingFormatError
from biofeedback.core.stream import Event
from biofeedback.recording.messages import (
    EVENT_TYPES,
    canonical,
    entry_message,
    entry_of,
    event_message,
    event_of,
    schema,
)
from tests.unit.recording.samples import ANY_EVENT, ENTRIES


def bits(event: Event) -> list[object]:
    """Every field, floats as their bits, so that NaN equals NaN and −0 is not 0."""
    return [
        struct.pack("<d", math.nan if math.isnan(value) else value)
        if isinstance(value, float)
        else value
        for value in (getattr(event, field.name) for field in dataclasses.fields(event))
    ]


@given(ENTRIES)
def test_every_entry_reads_back_equal(entry: Entry) -> None:
    topic, payload = entry_message(entry)
    assert entry_of(topic, payload, entry.host_time_ns) == entry


@given(ANY_EVENT)
def test_every_event_reads_back_to_the_same_bits(event: Event) -> None:
    topic, payload = event_message(event)
    again = event_of(topic, payload)
    assert type(again) is type(event)
    assert bits(again) == bits(event)
    assert event_message(again) == (topic, payload)


def test_packets_are_their_raw_bytes() -> None:
    packet = Packet(5, "godirect/0K2001B3", "rx", "b41e6675", bytes(range(256)))
    topic, payload = entry_message(packet)
    assert topic == "/packet/godirect/0K2001B3|b41e6675|rx"
    assert payload == bytes(range(256))


def test_canonical_is_written_one_way_only() -> None:
    fields = {"b": (0.1, math.nan), "a": {"z": 1, "y": True}, "ü": None}
    assert canonical(fields) == '{"a":{"y":true,"z":1},"b":[0.1,null],"ü":null}'.encode()
    assert canonical(dict(reversed(fields.items()))) == canonical(fields)


def test_canonical_takes_what_numpy_computes() -> None:
    computed = {"ok": np.bool_(True), "n": np.int64(3), "x": np.float64(0.1)}
    assert canonical(computed) == canonical({"ok": True, "n": 3, "x": 0.1})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_command_that_could_not_be_replayed_is_refused(value: float) -> None:
    with pytest.raises(RecordingError, match="'start_s' of command 'baseline'"):
        entry_message(Command(0, "baseline", {"start_s": value}))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("/event/NoSuchThing", b"{}"),
        ("/event/SensorQuality", b'{"role":"chest_belt"}'),
        ("/event/SensorQuality", b"not json"),
        ("/event/SensorQuality", b"[1]"),
    ],
)
def test_unknown_events_are_named(topic: str, payload: bytes) -> None:
    with pytest.raises(RecordingFormatError, match=topic):
        event_of(topic, payload)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [("/elsewhere", b"{}"), ("/packet/nobody", b""), ("/link", b"{"), ("/command", b"{}")],
)
def test_unknown_entries_are_named(topic: str, payload: bytes) -> None:
    with pytest.raises(RecordingFormatError, match=topic):
        entry_of(topic, payload, 0)


@given(st.data())
def test_schemas_describe_what_is_written(data: st.DataObject) -> None:
    event = data.draw(ANY_EVENT)
    topic, payload = event_message(event)
    described = json.loads(schema(topic))
    written = json.loads(payload)
    assert described["title"] == type(event).__name__
    assert described["required"] == sorted(written)
    checks = {
        "number": lambda value: isinstance(value, int | float),
        "null": lambda value: value is None,
        "boolean": lambda value: isinstance(value, bool),
        "integer": lambda value: isinstance(value, int),
        "string": lambda value: isinstance(value, str),
        "array": lambda value: isinstance(value, list),
    }
    for name, form in described["properties"].items():
        if "enum" in form:
            assert written[name] in form["enum"]
        else:
            kinds = form["type"] if isinstance(form["type"], list) else [form["type"]]
            assert any(checks[kind](written[name]) for kind in kinds), name


def test_every_event_of_the_core_has_its_topic() -> None:
    kinds = {
        name: kind
        for info in pkgutil.iter_modules(core.__path__)
        for name, kind in vars(importlib.import_module(f"{core.__name__}.{info.name}")).items()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    }
    assert kinds == dict(EVENT_TYPES)
    assert kinds["SensorQuality"] is results.SensorQuality


@pytest.mark.parametrize("problem", [None, "not_trusted"])
def test_nothing_at_all_is_no_unknown_number(problem: Problem | None) -> None:
    step = CalibrationStep(
        t_s=1.0,
        decided_s=1.0,
        arrival_s=1.0,
        step="quiet",
        state="done",
        problem=problem,
        words="",
        next_step="deep",
        next_words="",
        posture="",
    )
    again = event_of(*event_message(step))
    assert isinstance(again, CalibrationStep)
    assert again.problem == problem
