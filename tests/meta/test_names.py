"""Numbers carry their unit in their name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.source import modules, place, tree

QUANTITIES = {
    "angle",
    "cutoff",
    "delay",
    "distance",
    "duration",
    "elapsed",
    "frequency",
    "interval",
    "latency",
    "period",
    "temperature",
    "timeout",
    "velocity",
}
"""Words that mean a quantity with a unit, never a bare number."""

SUFFIX_OF_UNIT = {
    "deg": "deg",
    "deg/s": "dps",
    "m/s2": "mps2",
    "s": "s",
    "Hz": "hz",
    "pct": "pct",
    "1/min": "per_min",
    "dBm": "dbm",
    "degC": "degc",
}
SUFFIXES = {*SUFFIX_OF_UNIT.values(), "ms", "us", "ns", "n", "mm", "m", "v", "g", "rad", "rps"}
SUFFIXES |= {"mps3", "bytes", "rows", "samples", "ticks", "l", "a"}
EXCEPTIONS = {
    ("biofeedback/drivers/virtual_radio.py", "timeout"),  # bleak's own name
    ("firmware_sim/simulated_time.py", "timeout"),  # of the standard library's selectors
    ("biofeedback/signal/sway.py", "mean_distance"),  # in the unit of the signal given
    ("biofeedback/signal/sway.py", "mean_velocity"),
}


def numbers(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Give every parameter and field annotated as a number."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, annotation = node.target.id, node.annotation
        else:
            continue
        if re.search(r"\b(float|int|FloatArray|IntArray)\b", ast.unparse(annotation)):
            yield node, name.lower()


def lacks_unit(name: str) -> bool:
    """Tell whether a name speaks of a quantity and not of its unit."""
    words = name.split("_")
    return bool(QUANTITIES & set(words)) and not any(name.endswith(f"_{s}") for s in SUFFIXES)


@pytest.mark.parametrize("path", modules(), ids=place)
def test_quantities_name_their_unit(path: Path) -> None:
    found = [
        f"{place(path, node)} {name}"
        for node, name in numbers(path)
        if (place(path), name) not in EXCEPTIONS and lacks_unit(name)
    ]
    assert not found, "\n".join(found)


def channels(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Give name and unit of every column spelled out; only the end of a composed name."""
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Channel"):
            continue
        if len(node.args) != 2 or not isinstance(node.args[1], ast.Constant):
            continue
        name = node.args[0]
        if isinstance(name, ast.JoinedStr) and isinstance(name.values[-1], ast.Constant):
            name = name.values[-1]
        if isinstance(name, ast.Constant):
            yield node, str(name.value), str(node.args[1].value)


def disagree(name: str, unit: str) -> bool:
    """Tell whether the end of a column's name is not the one its unit asks for."""
    wanted = SUFFIX_OF_UNIT.get(unit)
    if wanted is not None:
        return not name.endswith(f"_{wanted}")
    return any(name.endswith(f"_{suffix}") for suffix in SUFFIX_OF_UNIT.values())


@pytest.mark.parametrize("path", modules(), ids=place)
def test_columns_are_named_by_their_unit(path: Path) -> None:
    found = [
        f"{place(path, node)} {name!r} in {unit!r}"
        for node, name, unit in channels(path)
        if disagree(name, unit)
    ]
    assert not found, "\n".join(found)


def test_the_checks_see_what_is_wrong() -> None:
    assert lacks_unit("timeout")
    assert lacks_unit("cutoff_low")
    assert not lacks_unit("cutoff_low_hz")
    assert not lacks_unit("order")
    assert disagree("pelvis_tilt", "deg")
    assert disagree("share_pct", "ratio")
    assert not disagree("breath_rate_per_min", "1/min")
    assert not disagree("chest_excursion", "N")
