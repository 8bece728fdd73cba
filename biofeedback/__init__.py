"""Breathing and core-activation biofeedback for commodity sensors."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biofeedback.drivers.device import open_device
    from biofeedback.session.arrays import Stream, analyze_arrays
    from biofeedback.session.offline import Analysis, open_session

__all__ = [
    "Analysis",
    "Stream",
    "__version__",
    "analyze_arrays",
    "open_device",
    "open_session",
]

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "Analysis": "biofeedback.session.offline",
    "Stream": "biofeedback.session.arrays",
    "analyze_arrays": "biofeedback.session.arrays",
    "open_device": "biofeedback.drivers.device",
    "open_session": "biofeedback.session.offline",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the command line's help stays quick."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
