"""An X server of one's own, for tests of what offscreen drawing cannot show."""

from __future__ import annotations

import ctypes.util
import shutil

import pytest

__all__ = ["X_SERVER", "needs_x_server"]

X_SERVER = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")

needs_x_server = pytest.mark.skipif(
    shutil.which("xvfb-run") is None or ctypes.util.find_library("xcb-cursor") is None,
    reason="needs Xvfb and libxcb-cursor0 (make venv installs them where it may)",
)
