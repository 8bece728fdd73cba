"""How ``--speed`` is read."""

from __future__ import annotations

import pytest
import typer

from biofeedback.cli.speed import parse_speed


@pytest.mark.parametrize(("text", "factor"), [("1", 1.0), ("0.5", 0.5), ("max", None)])
def test_numbers_and_max(text: str, factor: float | None) -> None:
    assert parse_speed(text) == factor


@pytest.mark.parametrize("text", ["0", "-1", "fast", "nan", "1e9"])
def test_the_rest_is_wrong_use(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither max nor a number"):
        parse_speed(text)
