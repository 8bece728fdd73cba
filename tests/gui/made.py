"""What is shown in tests: a made session, and pictures of widgets."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from biofeedback.core.entry import LinkChange
from biofeedback.core.stream import FloatArray
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.kernel import Kernel
from biofeedback.session.live import Live
from biofeedback.session.snapshot import Snapshot
from tests.unit.report.made import DEVICE, made_entries


def made_live(until_s: float = 200.0, *, abdomen: bool = True, lost: bool = False) -> Live:
    """Feed two made belts to a kernel and follow it."""
    live, kernel = Live(120.0), Kernel({DEVICE: Imported()})
    entries = [
        entry
        for entry in made_entries(abdomen=abdomen, length_s=120.0)
        if entry.host_time_ns <= until_s * 1e9
    ]
    if lost:
        entries.append(LinkChange(125_000_000_000, DEVICE, "lost", "out of reach"))
    for entry in entries:
        snapshot = kernel.feed(entry)[-1]
        assert isinstance(snapshot, Snapshot)
        live.update_snapshot(snapshot)
    return live


def pixels(widget: QWidget, width: int = 500, height: int = 300) -> FloatArray:
    """Paint a widget and return its pixels, shape (height, width, 3)."""
    widget.resize(width, height)
    image = widget.grab().toImage().convertToFormat(image_format())
    raw = np.frombuffer(image.constBits(), dtype=np.uint8)
    rows = raw.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 4]
    return rows.reshape(image.height(), image.width(), 4)[:, :, :3].astype(float)


def image_format() -> object:
    from PySide6.QtGui import QImage

    return QImage.Format.Format_RGBX8888


def has_colour(picture: FloatArray, colour: str, within: float = 24.0) -> bool:
    """Tell whether a colour is in a picture."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)
    return bool((np.abs(picture - wanted).max(axis=2) < within).any())
