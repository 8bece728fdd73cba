"""``biofeedback scan`` on a machine that may have no radio at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from rich.console import Console
from typer.testing import Result

from biofeedback.cli.scan import sightings_table
from biofeedback.drivers.scan import Found, Sighting


def test_what_keeps_bluetooth_from_working_is_said(run: Callable[..., Result]) -> None:
    result = run("scan", "--seconds", "0.5", "--json")
    answer = json.loads(result.stdout)
    assert set(answer) == {"found", "problems"}
    # Either the radio works, or the answer says why not and what to do.
    assert result.exit_code == 0 or ";" in answer["problems"][0]


def test_words_for_people(run: Callable[..., Result]) -> None:
    assert run("scan", "--seconds", "0.5").stdout.strip()


def test_watching_says_each_round_what_is_there(run: Callable[..., Result]) -> None:
    result = run("scan", "--watch", "--seconds", "2.5", "--json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) >= 2
    assert all(set(answer) == {"found", "problems"} for answer in answers)


def test_watching_for_people(run: Callable[..., Result]) -> None:
    assert run("scan", "--watch", "--seconds", "0.5").stdout.strip()


def test_the_table_says_what_each_can_be_and_when_it_was_seen() -> None:
    belt = Found("godirect", "F1:F1", "GDX-RB 0K2001C1", -48, None)
    port = Found("witmotion", "/dev/ttyUSB0", "CH340", None, None, ("text_serial",))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(sightings_table([Sighting(belt, 9.5), Sighting(port, 2.0)], 10.0))
    first, second = console.export_text().splitlines()[1:]
    for words in ("GDX-RB 0K2001C1", "-48 dBm", "belt: chest, abdomen", "now"):
        assert words in first
    for words in ("witmotion or text_serial", "motion sensor: sternum", "belt: chest", "8 s ago"):
        assert words in second
