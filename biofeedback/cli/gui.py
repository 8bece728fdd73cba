"""``biofeedback gui``: the window."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["gui"]


class ScreenName(StrEnum):
    """Screens that can be rendered."""

    LIVE = "live"
    PERSON = "person"
    SENSORS = "sensors"
    CALIBRATE = "calibrate"
    REVIEW = "review"


class ThemeName(StrEnum):
    """Palettes."""

    LIGHT = "light"
    DARK = "dark"


class StateName(StrEnum):
    """What a rendered screen shows."""

    GOOD = "good"
    DEGRADED = "degraded"
    EMPTY = "empty"


def gui(
    session: Annotated[
        Path | None, typer.Argument(help="Recorded session to review; none begins a new one.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With a simulated person.")] = False,
    theme: Annotated[ThemeName | None, typer.Option(help="Palette; default: the system's.")] = None,
    text: Annotated[int, typer.Option(min=100, max=200, help="Size of text, per cent.")] = 100,
    screenshot: Annotated[
        Path | None, typer.Option(help="Render one screen into this PNG file, without a display.")
    ] = None,
    screen: Annotated[ScreenName, typer.Option(help="Which screen to render.")] = ScreenName.LIVE,
    state: Annotated[StateName, typer.Option(help="What it shows.")] = StateName.GOOD,
) -> None:
    """Open the window: put sensors on, see, record, mark, stop, replay."""
    import os

    from biofeedback.cli.demo.wires import simulated_place
    from biofeedback.core.errors import MissingExtraError
    from biofeedback.session.awake import kept_awake

    if screenshot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from biofeedback.gui.app import run
        from biofeedback.gui.screenshot import render
    except ImportError as missing:
        raise MissingExtraError(
            f"the window needs Qt ({missing}); install it: pip install 'biofeedback[gui]'"
        ) from missing

    if screenshot is not None:
        render(
            screenshot,
            simulated_place,
            screen=screen.value,
            theme="light" if theme is None else theme.value,
            text_pct=text,
            state=state.value,
            session=session,
        )
        print(screenshot)
        return
    with kept_awake():
        code = run(
            session,
            demo=demo,
            simulator=simulated_place,
            theme=None if theme is None else theme.value,
            text_pct=text,
        )
    raise typer.Exit(code)
