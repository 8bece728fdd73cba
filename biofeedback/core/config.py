"""A kit file: which sensors are worn where. TOML read into pydantic models, the whole edge.

Example::

    name = "Two belts"

    [[sensor]]
    role = "chest_belt"
    driver = "godirect"
    address = "GDX-RB 0K2001C1"

    [[sensor]]
    role = "abdomen_belt"
    driver = "godirect"
    address = "GDX-RB 0K2001A2"
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool, ValidationError

from biofeedback.core.errors import ConfigError
from biofeedback.core.ports import StreamKind
from biofeedback.core.roles import Role

__all__ = ["Kit", "OptionValue", "SensorChoice", "load_kit"]


def _plain_value(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise ValueError("a text, a number, true or false is needed")  # noqa: TRY004 - pydantic's
    return value


OptionValue: TypeAlias = str | int | float | bool
"""What an option of a driver may be."""

_Option = Annotated[OptionValue, PlainValidator(_plain_value)]
_Text = Annotated[str, Field(strict=True, max_length=200, pattern=r"[^\s/]")]


class SensorChoice(BaseModel):
    """One sensor of a kit.

    Attributes
    ----------
    role : Role
        Where it is worn.
    driver : str
        Name of its driver, such as ``godirect``.
    address : str
        Bluetooth address or advertised name; port name or URL.
    options : dict of str to str, int, float or bool
        Options of its driver, such as the rate.
    invert : bool
        True when inspiration (belts) makes its values fall.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    driver: _Text
    address: _Text
    options: dict[str, _Option] = Field(default_factory=dict)
    invert: StrictBool = False

    @property
    def device_id(self) -> str:
        """Driver and the last word of the address: ``godirect/0K2001C1``, ``witmotion/ttyUSB0``."""
        return f"{self.driver}/{self.address.replace('/', ' ').split()[-1]}"


class Kit(BaseModel):
    """What is worn together.

    Attributes
    ----------
    name : str
        For people.
    sensors : tuple of SensorChoice
        At least one; each role at most once. In the file every sensor is a ``[[sensor]]``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    sensors: tuple[SensorChoice, ...] = Field(alias="sensor", min_length=1, max_length=len(Role))


def load_kit(path: Path, drivers: Mapping[str, Collection[StreamKind]]) -> Kit:
    """Read a kit file.

    Parameters
    ----------
    path : Path
        The TOML file.
    drivers : mapping of str to collection of StreamKind
        Names of the drivers there are, with the kinds of streams each gives.

    Returns
    -------
    kit : Kit

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or a value does not fit: with file, key path,
        value, what is allowed and the next step.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        reason = failure.strerror or str(failure)
        raise ConfigError(f"{path}: {reason}; give the path of a kit file", path) from None
    except ValueError as failure:  # not UTF-8, or not TOML
        raise ConfigError(f"{path} is not a TOML file: {failure}; correct it", path) from None
    try:
        kit = Kit.model_validate(values)
    except ValidationError as failure:
        problems = [
            _in_words(error["loc"], error["type"], error["input"], error["msg"])
            for error in failure.errors()
        ]
    else:
        problems = [*_doubles(kit.sensors), *_unfit_drivers(kit.sensors, drivers)]
        if not problems:
            return kit
    lines = "\n".join(f"{path}: {key} {words}" for key, words in problems)
    raise ConfigError(lines, path, problems[0][0])


def _in_words(
    where: tuple[int | str, ...], kind: str, value: object, message: str
) -> tuple[str, str]:
    """Turn one of pydantic's findings into a key path and a sentence."""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    key = key.removeprefix(".")
    known = Kit if len(where) == 1 else SensorChoice
    keys = ", ".join(field.alias or name for name, field in known.model_fields.items())
    match kind:
        case "extra_forbidden":
            return key, f"is not a known key; known are {keys}; correct or remove it"
        case "missing":
            return key, "is missing; add it"
        case "enum":
            roles = ", ".join(Role)
            return key, f"is {value!r}; allowed are {roles}; choose one of them"
        case _:
            return key, f"is {value!r}: {message.lower()}; correct it"


def _doubles(sensors: tuple[SensorChoice, ...]) -> Iterable[tuple[str, str]]:
    """Find roles worn twice and sensors that could be mistaken for each other."""
    for number, sensor in enumerate(sensors):
        for earlier, other in enumerate(sensors[:number]):
            if other.role == sensor.role:
                free = ", ".join(role for role in Role if role not in {s.role for s in sensors})
                yield (
                    f"sensor[{number}].role",
                    f"is {sensor.role.value!r} like sensor[{earlier}].role; each role is worn "
                    f"once; free are {free}",
                )
            if other.device_id == sensor.device_id:
                yield (
                    f"sensor[{number}].address",
                    f"is {sensor.address!r}, the same sensor as sensor[{earlier}]; give the other "
                    "one's, see biofeedback scan",
                )


def _unfit_drivers(
    sensors: tuple[SensorChoice, ...], drivers: Mapping[str, Collection[StreamKind]]
) -> Iterable[tuple[str, str]]:
    """Find drivers that do not exist or do not give what the role needs."""
    for number, sensor in enumerate(sensors):
        fitting = ", ".join(name for name, kinds in drivers.items() if sensor.role.kind in kinds)
        if sensor.driver not in drivers:
            yield (
                f"sensor[{number}].driver",
                f"is {sensor.driver!r}, which is not known; for {sensor.role.value} allowed are "
                f"{fitting}",
            )
        elif sensor.role.kind not in drivers[sensor.driver]:
            yield (
                f"sensor[{number}].driver",
                f"is {sensor.driver!r}, which gives no {sensor.role.kind}; for "
                f"{sensor.role.value} allowed are {fitting}",
            )
