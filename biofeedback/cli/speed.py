"""How ``--speed`` is read by every command that has it."""

from __future__ import annotations

import typer

__all__ = ["parse_speed"]

LIMITS = (0.1, 100.0)


def parse_speed(text: str) -> float | None:
    """Read ``--speed``.

    Parameters
    ----------
    text : str
        A number, or ``max``.

    Returns
    -------
    factor : float or None
        Session seconds per real second; None for ``max``.

    Raises
    ------
    typer.BadParameter
        If it is neither, or out of range.
    """
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = float("nan")
    if not LIMITS[0] <= factor <= LIMITS[1]:
        raise typer.BadParameter(
            f"{text!r} is neither max nor a number from {LIMITS[0]:g} to {LIMITS[1]:g}",
            param_hint="--speed",
        )
    return factor
