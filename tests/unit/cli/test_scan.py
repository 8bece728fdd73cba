"""``biofeedback scan`` on a machine that may have no radio at all."""

from __future__ import annotations

import json
from collections.abc import Callable

from typer.testing import Result


def test_what_keeps_bluetooth_from_working_is_said(run: Callable[..., Result]) -> None:
    result = run("scan", "--seconds", "0.5", "--json")
    answer = json.loads(result.stdout)
    assert set(answer) == {"found", "problems"}
    # Either the radio works, or the answer says why not and what to do.
    assert result.exit_code == 0 or ";" in answer["problems"][0]


def test_words_for_people(run: Callable[..., Result]) -> None:
    assert run("scan", "--seconds", "0.5").stdout.strip()
