"""A screen in a file, without a display."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from biofeedback.cli.demo.wires import simulated_place
from biofeedback.core.errors import BiofeedbackError
from biofeedback.gui.screenshot import SIZE, render


@pytest.mark.parametrize("screen", ["live", "person", "sensors", "calibrate", "review"])
def test_an_empty_screen_is_rendered(qapp: QApplication, tmp_path: Path, screen: str) -> None:
    path = tmp_path / "screen.png"
    render(path, simulated_place, screen=screen, state="empty")  # type: ignore[arg-type]
    image = QImage(str(path))
    assert (image.width(), image.height()) == SIZE


def test_a_file_that_cannot_be_written_is_told(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(BiofeedbackError, match="another file name"):
        render(tmp_path / "none" / "x.png", simulated_place, screen="live", state="empty")
