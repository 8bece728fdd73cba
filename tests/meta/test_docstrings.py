"""Every parameter that a caller can give is documented, and nothing else is.

What is documented once is not repeated: a method of a plug (`Stage`, `DeviceProtocol` …) is
described where the plug is, the options of a command in its help, the fields of a base class
there, and what Qt calls (``paintEvent``) by Qt. What a stage remembers is nobody else's business.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString

from tests.meta.source import modules, place, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_public(name: str) -> bool:
    return not name.startswith("_")


def functions(path: Path) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    for node in tree(path).body:
        if isinstance(node, Function) and is_public(node.name):
            yield node, None
        if isinstance(node, ast.ClassDef) and is_public(node.name):
            for part in node.body:
                if isinstance(part, Function) and is_public(part.name):
                    yield part, node


def classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and is_public(node.name):
            yield node


def base_names(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def fields(node: ast.ClassDef) -> list[str]:
    return [
        part.target.id
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    ]


@cache
def plug_methods() -> frozenset[str]:
    """Return the methods described once, at the plug."""
    names: set[str] = set()
    for path in modules():
        for node in classes(path):
            if node.name == "Stage" or "Protocol" in base_names(node):
                names |= {part.name for part in node.body if isinstance(part, Function)}
    return frozenset(names)


@cache
def stage_memories() -> frozenset[str]:
    """Return the names of what stages remember: ``X`` of every ``Stage[X]``."""
    return frozenset(
        base.slice.id
        for path in modules()
        for node in classes(path)
        for base in node.bases
        if isinstance(base, ast.Subscript)
        and isinstance(base.slice, ast.Name)
        and ast.unparse(base.value) == "Stage"
    )


@cache
def inherited_fields() -> dict[str, list[str]]:
    """Return the fields of every class, for those that inherit them."""
    return {node.name: fields(node) for path in modules() for node in classes(path)}


def signature(function: Function) -> list[str]:
    spec = function.args
    names = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    starred = [arg for arg in (spec.vararg, spec.kwarg) if arg is not None]
    found = [arg.arg for arg in (*names, *starred) if is_public(arg.arg)]
    return [name for name in found if name not in ("self", "cls")]


def documented(docstring: str, *sections: str) -> list[str]:
    parsed = NumpyDocString(docstring)
    found: list[str] = []
    for section in sections:
        for entry in parsed[section]:
            names = [name.strip().lstrip("*") for name in entry.name.split(",")]
            assert all(name.isidentifier() for name in names), f"cannot read {entry.name!r}"
            assert entry.type, f"{entry.name!r} has no type"
            assert "".join(entry.desc).strip(), f"{entry.name!r} is not described"
            found += names
    return found


def complaint(
    docstring: str | None, wanted: list[str], *sections: str, allowed: Iterable[str] = ()
) -> str:
    """Say what the docstring lacks; empty when it is complete."""
    if not docstring:
        return "has no docstring"
    try:
        given = documented(docstring, *sections)
    except (AssertionError, ValueError) as problem:
        return str(problem).partition("\n")[0]
    missing = sorted(set(wanted) - set(given))
    unknown = sorted(set(given) - set(wanted) - set(allowed))
    return f"missing {missing}, unknown {unknown}" if missing or unknown else ""


def function_complaint(function: Function, owner: ast.ClassDef | None) -> str:
    docstring = ast.get_docstring(function)
    called_by_qt = function.name != function.name.lower()
    if owner is not None and (called_by_qt or function.name in plug_methods()):
        return "" if docstring else "has no docstring"
    options = [ast.unparse(arg.annotation or arg) for arg in function.args.args]
    if owner is None and any("typer.Option" in text or "typer.Arg" in text for text in options):
        return "" if docstring else "has no docstring"
    return complaint(docstring, signature(function), "Parameters")


def class_complaint(node: ast.ClassDef) -> str:
    docstring = ast.get_docstring(node)
    made_by = {ast.unparse(item).partition("(")[0] for item in node.decorator_list}
    if node.name in stage_memories():
        return "" if docstring else "has no docstring"
    if made_by & {"dataclass", "dataclasses.dataclass"}:
        wanted = [name for name in fields(node) if is_public(name)]
        known = inherited_fields()
        allowed = [name for base in base_names(node) for name in known.get(base, ())]
        return complaint(docstring, wanted, "Parameters", "Attributes", allowed=allowed)
    makers = [p for p in node.body if isinstance(p, Function) and p.name == "__init__"]
    wanted = signature(makers[0]) if makers else []
    return complaint(docstring, wanted, "Parameters")


@pytest.mark.parametrize("path", modules(), ids=place)
def test_every_parameter_is_documented(path: Path) -> None:
    found = [
        f"{place(path, node)} {node.name}: {words}"
        for node, owner in functions(path)
        if (words := function_complaint(node, owner))
    ]
    found += [
        f"{place(path, node)} {node.name}: {words}"
        for node in classes(path)
        if (words := class_complaint(node))
    ]
    assert not found, "\n".join(found)


GOOD = '''
def lag(rate_hz, *, window_s=1.0):
    """Tell.

    Parameters
    ----------
    rate_hz : float
        Rate, Hz.
    window_s : float
        Window, s.
    """
'''


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("", ""), ""),
        (("rate_hz,", "rate_hz, order,"), "missing ['order']"),
        (("window_s :", "width_s :"), "missing ['window_s'], unknown ['width_s']"),
        (("window_s : float", "window_s"), "has no type"),
        (("        Rate, Hz.\n", ""), "not described"),
        (('    """Tell.', '    """'), ""),
        ((GOOD, "def lag(rate_hz): ..."), "no docstring"),
    ],
)
def test_the_check_sees_what_is_wrong(change: tuple[str, str], words: str) -> None:
    function = ast.parse(GOOD.replace(*change) if change[0] else GOOD).body[0]
    assert isinstance(function, Function)
    said = function_complaint(function, None)
    assert words in said if words else said == ""
