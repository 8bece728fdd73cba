"""Render the gallery of screens into docs/images: themes, sizes of text, states.

Run by ``make screenshots``. One simulated session per state; every picture is the real window.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image

from biofeedback.cli.demo.wires import simulated_place
from biofeedback.gui.app import application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.screenshot import (
    SIZE,
    ScreenName,
    StateName,
    dress,
    grab,
    lead,
    made_studio,
    review,
)
from biofeedback.gui.theme import Theme, ThemeName

IMAGES = Path(__file__).parents[1] / "docs" / "images"
THEMES: tuple[ThemeName, ...] = ("light", "dark")
SIZES_PCT = (100, 200)
SCREENS: tuple[ScreenName, ...] = ("sensors", "live", "person")
STATES: tuple[StateName, ...] = ("good", "degraded", "empty")


def save(window: MainWindow, screen: ScreenName, folder: Path, name: str) -> None:
    """Write one picture, as small as PNG gets without losing a colour."""
    path = folder / f"{screen}-{name}.png"
    grab(window, screen).grab().save(str(path))
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
    whole.save(path, optimize=True)
    print(path)


def gallery(folder: Path) -> None:
    """Render everything; the moment is frozen once per state."""
    application()
    folder.mkdir(parents=True, exist_ok=True)
    for state in STATES:
        with made_studio(simulated_place, state) as studio:
            first = MainWindow(studio, Theme(), simulated_place)
            first.resize(*SIZE)
            first.show()
            dress(first, state)
            first.bridge.stop()
            windows = {}
            for theme in THEMES:
                for text_pct in SIZES_PCT:
                    window = MainWindow(studio, Theme(theme, text_pct), simulated_place)
                    window.bridge.stop()
                    window.bridge.live = first.bridge.live
                    window.bridge.latency_ms = first.bridge.latency_ms
                    window.resize(*SIZE)
                    window.show()
                    windows[f"{state}-{theme}-{text_pct}"] = window
                    for screen in SCREENS:
                        save(window, screen, folder, f"{state}-{theme}-{text_pct}")
                    window.person.hide()
            first.bridge.start()
            # A lost belt answers no step: both of these are of a person who wears everything.
            leads: dict[StateName, tuple[StateName, ...]] = {
                "good": ("good", "degraded"),
                "empty": ("empty",),
            }
            for led in leads.get(state, ()):
                lead(first, led)
                for name, window in windows.items():
                    window.calibrate_page.guiding = first.calibrate_page.guiding
                    save(window, "calibrate", folder, name.replace(state, led))
            if state == "good":
                review(first, None)
            first.bridge.stop()
            for name, window in windows.items():
                playback = first.review_page.playback
                window.bridge.live = first.bridge.live
                if playback is not None:
                    window.review_page.show_review(playback.review)
                    window.review_page.seek(playback.now_s)
                if state != "degraded":
                    save(window, "review", folder, name)
            for window in (first, *windows.values()):
                window.hide()
                window.deleteLater()
            application().processEvents()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=IMAGES)
    gallery(parser.parse_args().folder)
