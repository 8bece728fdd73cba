"""An X server of one's own, for tests of what offscreen drawing cannot show."""

from __future__ import annotations

import shutil

import pytest

from tools.bootstrap import XCB_PACKAGES, is_installed

__all__ = ["X_SERVER", "needs_x_server"]

X_SERVER = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")

needs_x_server = pytest.mark.skipif(
    shutil.which("xvfb-run") is None or not all(map(is_installed, XCB_PACKAGES.values())),
    reason="needs Xvfb and Qt's X libraries (make venv installs them where it may)",
)
