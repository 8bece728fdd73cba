from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from biofeedback.core.errors import ConfigError
from biofeedback.core.tomlfile import parse_toml, read_text, refusal, validated

PATH = Path("some.toml")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: str = Field(alias="from")
    size: int = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: tuple[Part, ...] = Field(default=(), alias="part")
    spare: Part | None = None
    colour: Literal["red", "blue"] = "red"


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        validated(Whole, parse_toml(text, PATH), PATH)
    return caught.value


def test_what_fits_becomes_a_model() -> None:
    text = '[[part]]\nfrom = "a"\n[spare]\nfrom = "b"\nsize = 2\n'
    whole = validated(Whole, parse_toml(text, PATH), PATH)
    assert [part.source for part in whole.parts] == ["a"]
    assert whole.spare is not None
    assert whole.spare.size == 2


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("parts = 1", "parts", "known are part, spare, colour"),
        ('[[part]]\nfrom = "a"\nsice = 1', "part[0].sice", "known are from, size"),
        ('[spare]\nfrom = "a"\nsice = 1', "spare.sice", "known are from, size"),
        ("[[part]]\nsize = 1", "part[0].from", "is missing; add it"),
        ('colour = "green"', "colour", "is 'green'; allowed are red or blue; choose one"),
        ('[spare]\nfrom = "a"\nsize = "big"', "spare.size", "is 'big'"),
    ],
)
def test_what_does_not_fit_is_told_with_file_and_key(text: str, key: str, words: str) -> None:
    problem = refused(text)
    assert (problem.file, problem.key) == (PATH, key)
    assert f"some.toml: {key} " in str(problem)
    assert words in str(problem)


def test_all_problems_at_once() -> None:
    assert len(str(refused('colour = 1\n[spare]\nfrom = "a"\nsize = "big"')).splitlines()) == 2


@pytest.mark.parametrize("text", ["name = ", "a = " + "[" * 5000])
def test_what_is_no_toml(text: str) -> None:
    with pytest.raises(ConfigError, match="not a TOML file"):
        parse_toml(text, PATH)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give the path of a board file"):
        read_text(tmp_path / "none.toml", "board")
    path = tmp_path / "latin.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="not a TOML file"):
        read_text(path, "board")


def test_a_refusal_has_a_line_for_each_problem() -> None:
    problem = refusal(PATH, [("a", "is wrong"), ("b", "is missing")])
    assert str(problem) == "some.toml: a is wrong\nsome.toml: b is missing"
    assert problem.key == "a"
