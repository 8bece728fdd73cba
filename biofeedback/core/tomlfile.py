"""TOML files into models: what does not fit is told with file, key path, value and next step."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from biofeedback.core.errors import ConfigError

__all__ = ["Problem", "parse_toml", "read_text", "refusal", "validated"]

Problem = tuple[str, str]
"""A key path, and what is wrong with it in words."""

_Model = TypeVar("_Model", bound=BaseModel)


def read_text(path: Path, kind: str) -> str:
    """Read a settings file.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it should be, for people: ``kit``, ``board``.

    Returns
    -------
    text : str

    Raises
    ------
    ConfigError
        If it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        reason = failure.strerror or str(failure)
        raise ConfigError(f"{path}: {reason}; give the path of a {kind} file", path) from None
    except ValueError as failure:
        raise ConfigError(f"{path} is not a TOML file: {failure}; correct it", path) from None


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Read the keys of a settings file.

    Parameters
    ----------
    text : str
        Its content.
    path : Path
        Where it came from, for messages.

    Returns
    -------
    values : dict

    Raises
    ------
    ConfigError
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as failure:
        raise ConfigError(f"{path} is not a TOML file: {failure}; correct it", path) from None


def validated(model: type[_Model], values: dict[str, Any], path: Path) -> _Model:
    """Make a model of what a file holds.

    Parameters
    ----------
    model : type
        What it should be.
    values : dict
        What it holds.
    path : Path
        Where it came from, for messages.

    Returns
    -------
    instance : model

    Raises
    ------
    ConfigError
        If a value does not fit; all that do not are named.
    """
    try:
        return model.model_validate(values)
    except ValidationError as failure:
        problems = [
            _in_words(model, error["loc"], error["type"], error["input"], error["msg"])
            for error in failure.errors()
        ]
    raise refusal(path, problems)


def refusal(path: Path, problems: Sequence[Problem]) -> ConfigError:
    """Put problems into one error.

    Parameters
    ----------
    path : Path
        The file.
    problems : sequence of Problem
        At least one.

    Returns
    -------
    error : ConfigError
        A line for each.
    """
    lines = "\n".join(f"{path}: {key} {words}" for key, words in problems)
    return ConfigError(lines, path, problems[0][0])


def _in_words(
    model: type[BaseModel], where: tuple[int | str, ...], kind: str, value: object, message: str
) -> Problem:
    """Turn one of pydantic's findings into a key path and a sentence."""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    key = key.removeprefix(".")
    match kind:
        case "extra_forbidden":
            known = ", ".join(_known_keys(model, where[:-1]))
            return key, f"is not a known key; known are {known}; correct or remove it"
        case "missing":
            return key, "is missing; add it"
        case "enum" | "literal_error":
            allowed = message.partition("Input should be ")[2].replace("'", "")
            return key, f"is {value!r}; allowed are {allowed}; choose one of them"
        case _:
            return key, f"is {value!r}: {message.lower()}; correct it"


def _known_keys(model: type[BaseModel], where: Iterable[int | str]) -> list[str]:
    """Return the keys of the model that a path leads to."""
    for part in where:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(part, str):
            model = _inner_model(fields[part].annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: object) -> type[BaseModel]:
    """Find the model in an annotation such as ``tuple[Model, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_inner_model(part) for part in typing.get_args(annotation) if part is not Ellipsis]
    return next(model for model in inner if model is not BaseModel) if inner else BaseModel
