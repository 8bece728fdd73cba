from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Status
from biofeedback.drivers.protocols.gatt_services import BATTERY_UUID, TOLD_UUIDS, Told, sig_uuid

VECTORS = Path(__file__).parents[3] / "vectors"
CONVERSATIONS = ("polar/session.jsonl", "heart_rate/session.jsonl")
TOLD = [
    row
    for name in CONVERSATIONS
    for row in map(json.loads, (VECTORS / name).read_text("utf-8").splitlines())
    if row["endpoint"] in TOLD_UUIDS
]


def packet(endpoint: str, payload: bytes) -> Packet:
    return Packet(0, "any/1", "rx", endpoint, payload)


@pytest.mark.parametrize("row", TOLD, ids=lambda row: f"{row['name']} {row['hex']}")
def test_vector(row: dict[str, Any]) -> None:
    told = Told()
    outputs = list(told.receive(packet(row["endpoint"], bytes.fromhex(row["hex"]))))
    ((key, value),) = row["decoded"].items()
    if key == "battery_pct":
        assert outputs == [Status("battery_pct", value)]
    else:
        assert outputs == []
        info = told.info("")
        found = {"maker": info.model, "model": info.model}
        assert found.get(key, getattr(info, key, None)) == value


def test_maker_and_model_are_the_model() -> None:
    told = Told()
    for short, text in ((0x2A29, b"Acme\0\0"), (0x2A24, b" Strap\xff 1 "), (0x2A25, b"7" * 200)):
        assert not list(told.receive(packet(sig_uuid(short), text)))
    assert told.info("unknown") == DeviceInfo("Acme Strap\N{REPLACEMENT CHARACTER} 1", "7" * 64)


def test_a_device_that_tells_nothing_gets_the_name_of_its_driver() -> None:
    assert Told().info("Strap") == DeviceInfo("Strap")


@pytest.mark.parametrize("payload", [b"", b"\x65", b"\x32\x00"])
def test_a_level_that_is_none_is_garbage(payload: bytes) -> None:
    (garbage,) = Told().receive(packet(BATTERY_UUID, payload))
    assert garbage == Garbage(payload, "unreadable battery level")


def test_a_characteristic_that_nobody_asked_for_is_garbage() -> None:
    (garbage,) = Told().receive(packet("serial", b"x"))
    assert garbage == Garbage(b"x", "unknown characteristic")
