"""A board file: what the numbers in the lines of a board mean, and where they are worn.

The whole file, with every key, is explained in ``docs/protocols/text_lines.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from biofeedback.core.roles import Role
from biofeedback.core.tomlfile import Problem, parse_toml, read_text, refusal, validated

__all__ = [
    "STAMP",
    "Acceleration",
    "AngularRate",
    "Belt",
    "Board",
    "Counter",
    "Grammar",
    "Imu",
    "Line",
    "Quaternion",
    "Separator",
    "Time",
    "Vector",
    "load_board",
    "parse_board",
]

Grammar: TypeAlias = Literal["columns", "labels", "teleplot", "json"]
Separator: TypeAlias = Literal["auto", ",", ";", "tab", "blank"]
STAMP = "stamp"
"""Field that holds the time stamp of a Teleplot line."""
TURN = 2**32
"""What ``millis()`` and ``micros()`` begin anew at."""


def _field_name(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return str(value)
    if not isinstance(value, str) or not value:
        raise ValueError("the name of a field, or its place from 1 on, is needed")
    return value


_Strict = ConfigDict(extra="forbid", frozen=True)
_FieldName = Annotated[str, BeforeValidator(_field_name), Field(max_length=200)]
_Text = Annotated[str, Field(strict=True, max_length=200, pattern=r"[^\s/]")]
_StreamId = Annotated[str, Field(strict=True, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
_Scale = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
_Offset = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
_Three: TypeAlias = tuple[_FieldName, _FieldName, _FieldName]


class Line(BaseModel):
    """How lines are written.

    Attributes
    ----------
    grammar : str
        One of `Grammar`, or ``auto``.
    separator : str
        Between fields; ``auto`` is any of them.
    decimal_comma : bool
        Numbers are written 1,5.
    columns : tuple of str
        Names of the columns; empty where a header tells, or places are enough.
    """

    model_config = _Strict

    grammar: Grammar | Literal["auto"] = "auto"
    separator: Separator = "auto"
    decimal_comma: StrictBool = False
    columns: tuple[_Text, ...] = Field(default=(), max_length=64)


class Time(BaseModel):
    """The board's own clock.

    Attributes
    ----------
    source : str
        Field that tells it; ``from`` in the file.
    unit : {"ms", "us", "s"}
        Of that field.
    wraps_at : int or None
        Where it begins anew, in that unit; 0 for never; None for the turn of ``millis()`` and
        ``micros()`` where it may be one of them.
    """

    model_config = _Strict

    source: _FieldName = Field(alias="from")
    unit: Literal["ms", "us", "s"]
    wraps_at: int | None = Field(default=None, ge=0, le=2**53)

    @property
    def unit_ns(self) -> int:
        """The unit, ns."""
        return {"ms": 1_000_000, "us": 1_000, "s": 1_000_000_000}[self.unit]

    @property
    def turn(self) -> int:
        """Where it begins anew, in its unit; 0 for never."""
        if self.wraps_at is not None:
            return self.wraps_at
        return 0 if self.unit == "s" or self.source == STAMP else TURN


class Counter(BaseModel):
    """A number of the line, counted by the board.

    Attributes
    ----------
    source : str
        Field that tells it; ``from`` in the file.
    modulus : int
        Values before it repeats: 256 for a byte.
    """

    model_config = _Strict

    source: _FieldName = Field(alias="from")
    modulus: int = Field(default=TURN, ge=2, le=2**53)


class Belt(BaseModel):
    """One belt: a single field.

    Attributes
    ----------
    stream : str
        What its stream is called.
    source : str
        Field that tells it; ``from`` in the file.
    unit : str
        Unit of value × scale + offset.
    scale, offset : float
        Into that unit.
    site : {"chest", "abdomen"} or None
        Where it is worn.
    invert : bool
        True when inspiration makes its values fall.
    """

    model_config = _Strict

    stream: _StreamId
    source: _FieldName = Field(alias="from")
    unit: Literal["N", "mN", "mm", "cm", "m", "V", "mV", "count", "a.u."]
    scale: _Scale = 1.0
    offset: _Offset = 0.0
    site: Literal["chest", "abdomen"] | None = None
    invert: StrictBool = False

    @property
    def role(self) -> Role | None:
        """Its role, if it is worn."""
        return None if self.site is None else Role(f"{self.site}_belt")

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of its fields."""
        return (self.source,)


class Vector(BaseModel):
    """Three fields: x, y, z.

    Attributes
    ----------
    source : tuple of 3 str
        Fields that tell it; ``from`` in the file.
    scale : float
        Value × scale + offset is in the unit.
    offset : tuple of 3 float
        For each axis.
    """

    model_config = _Strict

    source: _Three = Field(alias="from")
    scale: _Scale = 1.0
    offset: tuple[_Offset, _Offset, _Offset] = (0.0, 0.0, 0.0)


class Acceleration(Vector):
    """Acceleration along three axes.

    Attributes
    ----------
    unit : {"g", "mg", "m/s2"}
        Of value × scale + offset.
    """

    unit: Literal["g", "mg", "m/s2"]


class AngularRate(Vector):
    """Angular rate about three axes.

    Attributes
    ----------
    unit : {"deg/s", "mdps", "rad/s"}
        Of value × scale + offset.
    """

    unit: Literal["deg/s", "mdps", "rad/s"]


class Quaternion(BaseModel):
    """Four fields: w, x, y, z of an orientation.

    Attributes
    ----------
    source : tuple of 4 str
        Fields that tell it; ``from`` in the file.
    scale : float
        Makes its length 1.
    """

    model_config = _Strict

    source: tuple[_FieldName, _FieldName, _FieldName, _FieldName] = Field(alias="from")
    scale: _Scale = 1.0


class Imu(BaseModel):
    """One motion sensor.

    Attributes
    ----------
    stream : str
        What its stream is called.
    site : str or None
        Where it is worn.
    acc : Acceleration
        Along its axes.
    gyro : AngularRate or None
        About them.
    quat : Quaternion or None
        Orientation.
    """

    model_config = _Strict

    stream: _StreamId
    site: Literal["sternum", "abdomen", "back", "pelvis", "thigh", "arm"] | None = None
    acc: Acceleration
    gyro: AngularRate | None = None
    quat: Quaternion | None = None

    @property
    def role(self) -> Role | None:
        """Its role, if it is worn."""
        return None if self.site is None else Role(f"{self.site}_imu")

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of its fields: acceleration, angular rate, orientation."""
        parts = (self.acc, self.gyro, self.quat)
        return tuple(field for part in parts if part is not None for field in part.source)


class Board(BaseModel):
    """A board that prints lines of text.

    Attributes
    ----------
    name : str
        For people.
    transport : {"serial", "ble"}
        How it is reached.
    address : str
        Port name or URL; Bluetooth name or address.
    baud : int
        Of a serial port.
    rate_hz : float or None
        Rows per second, Hz; None where it is to be measured.
    line : Line
        How lines are written.
    time : Time or None
        The board's own clock.
    counter : Counter or None
        The board's own number of the line; not beside `time`.
    belts, imus : tuple
        What it measures; ``[[belt]]`` and ``[[imu]]`` in the file.
    """

    model_config = _Strict

    name: _Text
    transport: Literal["serial", "ble"]
    address: _Text
    baud: int = Field(default=115200, ge=300, le=4_000_000)
    rate_hz: float | None = Field(default=None, gt=0, le=2000, allow_inf_nan=False)
    line: Line = Line()
    time: Time | None = None
    counter: Counter | None = None
    belts: tuple[Belt, ...] = Field(default=(), alias="belt", max_length=16)
    imus: tuple[Imu, ...] = Field(default=(), alias="imu", max_length=8)

    @property
    def driver(self) -> str:
        """Name of its driver."""
        return f"text_{self.transport}"

    @property
    def streams(self) -> tuple[Belt | Imu, ...]:
        """Belts, then motion sensors."""
        return (*self.belts, *self.imus)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Key path and name of every field that is read."""
        found = [("time.from", self.time.source)] if self.time else []
        found += [("counter.from", self.counter.source)] if self.counter else []
        found += [(f"belt[{i}].from", belt.source) for i, belt in enumerate(self.belts)]
        for i, imu in enumerate(self.imus):
            for name, part in (("acc", imu.acc), ("gyro", imu.gyro), ("quat", imu.quat)):
                found += [(f"imu[{i}].{name}.from", field) for field in part.source] if part else []
        return tuple(found)


def load_board(path: Path) -> tuple[Board, dict[str, str | int | float | bool]]:
    """Read a board file.

    Parameters
    ----------
    path : Path
        The TOML file.

    Returns
    -------
    board : Board
    options : dict
        What its driver has to be told: recorded with the session, so that it can be read again
        without the file.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or a value does not fit: with file, key path,
        value, what is allowed and the next step.
    """
    text = read_text(path, "board")
    board = parse_board(text, path)
    options: dict[str, str | int | float | bool] = {"board": text}
    return board, (options | {"baud": board.baud} if board.transport == "serial" else options)


def parse_board(text: str, path: Path = Path("board")) -> Board:
    """Read what a board file holds.

    Parameters
    ----------
    text : str
        Its content.
    path : Path
        Where it came from, for messages.

    Returns
    -------
    board : Board

    Raises
    ------
    ConfigError
        As `load_board`.
    """
    board = validated(Board, parse_toml(text, path), path)
    problems = [*_problems(board)]
    if problems:
        raise refusal(path, problems)
    return board


def _problems(board: Board) -> Iterable[Problem]:
    """Find what each key alone does not show."""
    line = board.line
    if not board.belts and not board.imus:
        yield "belt", "is missing, and so is imu; add what the board measures"
    if board.time is not None and board.counter is not None:
        yield "counter", "stands beside time; keep the one that the board prints in every line"
    if line.decimal_comma and line.separator not in (";", "tab"):
        yield "line.decimal_comma", f'needs line.separator ";" or "tab", not "{line.separator}"'
    if len(set(line.columns)) < len(line.columns):
        yield "line.columns", f"names a column twice: {list(line.columns)}; each needs its own"
    names = [item.stream for item in board.streams]
    for index, name in enumerate(names):
        if name in names[:index]:
            n_belts = len(board.belts)
            key = f"belt[{index}]" if index < n_belts else f"imu[{index - n_belts}]"
            yield f"{key}.stream", f"is {name!r} a second time; rename one"
    yield from _unknown_columns(board)


def _unknown_columns(board: Board) -> Iterable[Problem]:
    """Find fields that are no declared column."""
    columns = board.line.columns
    if not columns:
        return
    places = {str(place) for place in range(1, len(columns) + 1)}
    for key, field in board.fields:
        if field not in columns and field not in places:
            yield key, f"is {field!r}; line.columns has {', '.join(columns)}; choose one of them"
