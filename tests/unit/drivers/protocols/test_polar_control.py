from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biofeedback.drivers.protocols.polar_control import (
    ControlReply,
    Measurement,
    Op,
    Setting,
    chosen,
    control_reply,
    features,
    refusal,
    request,
    settings,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "polar"


def rows_of(name: str) -> list[dict[str, Any]]:
    return list(map(json.loads, (VECTORS / name).read_text("utf-8").splitlines()))


@pytest.mark.parametrize("row", rows_of("commands.jsonl"), ids=lambda row: row["name"])
def test_command_vector(row: dict[str, Any]) -> None:
    wanted, payload = row["decoded"], bytes.fromhex(row["hex"])
    values = {Setting[key.upper()]: (value,) for key, value in wanted["settings"].items()}
    made = request(Op(wanted["op"]), Measurement(wanted["measurement"]), values)
    assert (made[:2], settings(made[2:])) == (payload[:2], settings(payload[2:]))
    if list(wanted["settings"])[:1] != ["range"]:  # the order of settings is free
        assert made == payload


@pytest.mark.parametrize("row", rows_of("replies.jsonl"), ids=lambda row: row["name"])
def test_reply_vector(row: dict[str, Any]) -> None:
    reply, wanted = control_reply(bytes.fromhex(row["hex"])), row["decoded"]
    assert reply is not None
    assert (reply.op, reply.measurement) == (wanted["op"], wanted["measurement"])
    assert (reply.status, reply.more) == (wanted["status"], bool(wanted["more"]))
    told = {key.name.lower(): list(value) for key, value in settings(reply.parameters).items()}
    assert told == wanted["settings"]


@pytest.mark.parametrize("row", rows_of("features.jsonl"), ids=lambda row: row["name"])
def test_feature_vector(row: dict[str, Any]) -> None:
    payload = bytes.fromhex(row["hex"])
    assert features(payload) == frozenset(row["decoded"]["measurements"])
    assert control_reply(payload) is None


def test_what_is_no_reply_or_no_features_is_none() -> None:
    for payload in (b"", b"\xf0\x01\x02", b"\x0f" * 5):
        assert control_reply(payload) is None
        assert features(payload) is None
    upper_bits = control_reply(bytes.fromhex("f002c200"))
    assert upper_bits == ControlReply(2, 2, 0, False, b"")


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("01", {}),
        ("00 02 19 00 32", {}),
        ("01 01 10 00 00 02 19 00 32", {Setting.RESOLUTION: (16,)}),
        ("07 01 00", {}),
        ("00 00 04 01 03", {Setting.CHANNELS: (3,)}),
        ("06 01" + " 00" * 16 + " 04 01 03", {Setting.CHANNELS: (3,)}),
        ("03 01 10 27 00 00", {Setting.MILLI_RANGE: (10000,)}),
    ],
)
def test_settings_that_are_cut_short_or_unknown_end_the_list(parameters: str, told: Any) -> None:
    assert settings(bytes.fromhex(parameters)) == told


def test_the_nearest_is_chosen_of_two_the_larger_and_else_the_largest() -> None:
    offered = {
        Setting.RATE: (25, 50, 100, 200),
        Setting.RESOLUTION: (14, 16),
        Setting.RANGE: (8, 4, 2),
        Setting.FACTOR: (0.5,),
    }
    wishes = {Setting.RATE: 75.0, Setting.RANGE: 16.0}
    assert chosen(offered, wishes) == {
        Setting.RATE: (100,),
        Setting.RESOLUTION: (16,),
        Setting.RANGE: (8,),
    }


def test_every_refusal_has_words_and_a_way_out() -> None:
    words = [refusal(status) for status in range(1, 256)]
    assert all(";" in text for text in words)
    assert "MTU 232" in refusal(10)
    assert "charger" in refusal(13)
    assert "(200)" in refusal(200)
