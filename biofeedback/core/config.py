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

``boards = ["belts.toml"]`` adds what board files, beside the kit file, say is worn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool

from biofeedback.core.board import load_board
from biofeedback.core.ports import StreamKind
from biofeedback.core.roles import Role
from biofeedback.core.tomlfile import Problem, parse_toml, read_text, refusal, validated

__all__ = ["Kit", "OptionValue", "SensorChoice", "load_kit", "sensors_of_board"]


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
    stream : str
        Which of its streams, where a device has several of the kind; empty takes the only one.
    lag_s : float or None
        Constant lag to take off its times, s, as a tap check told; None leaves it to the driver.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    driver: _Text
    address: _Text
    options: dict[str, _Option] = Field(default_factory=dict)
    invert: StrictBool = False
    stream: Annotated[str, Field(strict=True, max_length=40)] = ""
    lag_s: Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)] | None = None

    @property
    def device_id(self) -> str:
        """Driver and the last word of the address: ``godirect/0K2001C1``, ``witmotion/ttyUSB0``."""
        return f"{self.driver}/{self.address.replace('/', ' ').split()[-1]}"

    @property
    def stream_key(self) -> str:
        """What the role is assigned to: one stream of the device, or the device."""
        return f"{self.device_id}/{self.stream}" if self.stream else self.device_id


class Kit(BaseModel):
    """What is worn together.

    Attributes
    ----------
    name : str
        For people.
    boards : tuple of str
        Board files, from where the kit file is; what they say is worn is added to `sensors`.
    sensors : tuple of SensorChoice
        At least one; each role at most once. In the file every sensor is a ``[[sensor]]``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    boards: tuple[str, ...] = ()
    sensors: tuple[SensorChoice, ...] = Field(default=(), alias="sensor", max_length=len(Role))


def load_kit(
    path: Path | None, drivers: Mapping[str, Collection[StreamKind]], boards: Sequence[Path] = ()
) -> Kit:
    """Read a kit file.

    Parameters
    ----------
    path : Path or None
        The TOML file; None is a kit of boards alone.
    drivers : mapping of str to collection of StreamKind
        Names of the drivers there are, with the kinds of streams each gives.
    boards : sequence of Path
        Board files worn besides.

    Returns
    -------
    kit : Kit

    Raises
    ------
    ConfigError
        If a file cannot be read, is not TOML, or a value does not fit: with file, key path,
        value, what is allowed and the next step.
    """
    if path is None:
        kit, folder, told = Kit(name="Boards"), Path(), boards[0] if boards else Path("kit")
    else:
        kit = validated(Kit, parse_toml(read_text(path, "kit"), path), path)
        folder, told = path.parent, path
    sensors = list(kit.sensors)
    for board in (*(folder / name for name in kit.boards), *boards):
        sensors += sensors_of_board(board)
    problems = [*_doubles(sensors), *_unfit_drivers(sensors, drivers)]
    if not sensors:
        problems = [("sensor", "is missing, and so is boards; add what is worn")]
    if problems:
        raise refusal(told, problems)
    return kit.model_copy(update={"sensors": tuple(sensors)})


def sensors_of_board(path: Path) -> tuple[SensorChoice, ...]:
    """Read what a board file says is worn.

    Parameters
    ----------
    path : Path
        The TOML file.

    Returns
    -------
    sensors : tuple of SensorChoice
        One for each of its belts and motion sensors that has a site.

    Raises
    ------
    ConfigError
        If it is no board file, or nothing in it has a site.
    """
    board, options = load_board(path)
    sensors = tuple(
        SensorChoice(
            role=item.role,
            driver=board.driver,
            address=board.address,
            options=options,
            invert=getattr(item, "invert", False),
            stream=item.stream,
        )
        for item in board.streams
        if item.role is not None
    )
    if not sensors:
        key = "belt[0].site" if board.belts else "imu[0].site"
        raise refusal(path, [(key, "is missing; say where it is worn")])
    return sensors


def _doubles(sensors: Sequence[SensorChoice]) -> Iterable[Problem]:
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
            if other.device_id == sensor.device_id and (
                other.stream == sensor.stream or not other.stream or not sensor.stream
            ):
                yield (
                    f"sensor[{number}].address",
                    f"is {sensor.address!r}, the same sensor as sensor[{earlier}]; give the other "
                    "one's, see biofeedback scan",
                )


def _unfit_drivers(
    sensors: Sequence[SensorChoice], drivers: Mapping[str, Collection[StreamKind]]
) -> Iterable[Problem]:
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
