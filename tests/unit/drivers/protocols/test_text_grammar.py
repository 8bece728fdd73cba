from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.board import Line
from biofeedback.drivers.protocols.text_grammar import DataLine, HeaderLine, LineReader, NoData

VECTORS = Path(__file__).parents[3] / "vectors" / "text_lines"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text("utf-8").splitlines()]


DATA = [row for name in ("columns", "labels", "teleplot", "json") for row in rows(f"{name}.jsonl")]
REFUSED = [
    row
    for row in rows("refused.jsonl")
    if row["decoded"].get("refused") not in (None, "line too long")
]


def read(raw: bytes, **settings: Any) -> DataLine | HeaderLine | NoData:
    line = bytes.strip(raw, bytes((*range(0x21), 0x7F)))
    return LineReader(Line(**settings)).read(line)


@pytest.mark.parametrize("row", DATA, ids=lambda row: row["name"])
def test_data_vector(row: dict[str, Any]) -> None:
    found = read(bytes.fromhex(row["hex"]), **row.get("line", {}))
    assert isinstance(found, DataLine)
    assert found.grammar == row["decoded"]["grammar"]
    told = [
        {name: None if math.isnan(value) else value for name, value in fields.items()}
        for fields in found.rows
    ]
    assert told == row["decoded"]["rows"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["name"])
def test_refused_vector(row: dict[str, Any]) -> None:
    found = read(bytes.fromhex(row["hex"]), **row.get("line", {}))
    reason = "header" if isinstance(found, HeaderLine) else getattr(found, "reason", "")
    assert reason == row["decoded"]["refused"]


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"t,ax,ay,az", ("t", "ax", "ay", "az")),
        (b"A:\tB:", ("A", "B")),
        (b"time; belt", ("time", "belt")),
    ],
)
def test_a_header_names_columns(raw: bytes, names: tuple[str, ...]) -> None:
    assert read(raw) == HeaderLine(names)


def test_a_sentence_is_no_header_unless_blanks_are_declared() -> None:
    assert read(b"sensor found") == NoData("text")
    assert read(b"t chest", separator="blank") == HeaderLine(("t", "chest"))


@pytest.mark.parametrize(
    ("raw", "settings"),
    [
        (b"a:1,b:2", {"grammar": "columns"}),
        (b"1,2", {"grammar": "labels"}),
        (b"1,2", {"grammar": "json"}),
        (b'{"a":1}', {"grammar": "columns"}),
        (b">a:1", {"grammar": "labels"}),
        (b"1 2", {"separator": ","}),
        (b"1,2", {"separator": ";"}),
        (b"1,5;2,5", {"separator": ";"}),
        (b">:1", {}),
        (b">a:x", {}),
        (b">a:1:2:3", {}),
        (b'{"name":"belt"}', {}),
    ],
)
def test_only_the_declared_grammar_and_separator(raw: bytes, settings: dict[str, Any]) -> None:
    assert read(raw, **settings) == NoData("text")


@pytest.mark.parametrize("raw", [b"1\x032", b"\xc3\x28", b"12\x1b[0m"])
def test_noise_inside_a_line_is_not_read_over(raw: bytes) -> None:
    assert read(raw) == NoData("unreadable")


def test_limits_of_points_and_fields() -> None:
    assert read(b">a:" + b"1;" * 65) == NoData("too many fields")
    many = {f"a{n}": n for n in range(65)}
    assert read(json.dumps(many).encode()) == NoData("too many fields")
    assert read(b'{"a":{"b":{"c":{"d":{"e":1}}}}}') == NoData("text")
    assert read(b"[1,2]") == NoData("text")


def test_a_whole_number_of_a_thousand_digits_is_missing() -> None:
    found = read(b'{"a":' + b"9" * 900 + b"}")
    assert isinstance(found, DataLine)
    assert math.isnan(found.rows[0]["a"])


@given(
    st.one_of(st.binary(min_size=1, max_size=200), st.text('0123456789.,;:-+eE>{}[]|§" \tab#')),
    st.sampled_from(["auto", "columns", "labels", "teleplot", "json"]),
    st.sampled_from(["auto", ",", ";", "tab", "blank"]),
    st.booleans(),
)
def test_no_line_raises_and_no_value_is_infinite(
    line: bytes | str, grammar: str, separator: str, comma: bool
) -> None:
    raw = line.encode() if isinstance(line, str) else line
    raw = raw.replace(b"\n", b"").strip(bytes((*range(0x21), 0x7F)))
    if not raw:
        return
    settings: dict[str, Any] = {
        "grammar": grammar,
        "separator": separator,
        "decimal_comma": comma and separator in (";", "tab"),
    }
    found = LineReader(Line(**settings)).read(raw)
    if isinstance(found, DataLine):
        values = [value for fields in found.rows for value in fields.values()]
        assert values
        assert not any(map(math.isinf, values))
