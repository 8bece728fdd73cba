"""The demo in the window: the same simulated person, seen as a clinician sees a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biofeedback.session.place import OpenPlace

__all__ = ["in_window", "there_is_a_display"]


def there_is_a_display(platform: str = sys.platform) -> bool:
    """Tell whether a window can be opened and somebody is there to look at it.

    Parameters
    ----------
    platform : str
        As of `sys.platform`.

    Returns
    -------
    display : bool
        False in a script, whose output is not a terminal, and where Qt is not installed.
    """
    if not sys.stdout.isatty() or find_spec("PySide6") is None:
        return False
    if platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def in_window(simulator: OpenPlace, seconds: float, say: Callable[[str], None] = print) -> None:
    """Run the demo in the window until that is closed; then say what was measured.

    Parameters
    ----------
    simulator : callable
        Place of the simulated person.
    seconds : float
        How long is recorded, s.
    say : callable
        Told what was measured, and where it is kept.

    Raises
    ------
    MissingExtraError
        If Qt is not installed.
    """
    from biofeedback.core.errors import MissingExtraError
    from biofeedback.session.awake import kept_awake
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader, verify_session
    from biofeedback.signal.summary import summary_words

    try:
        from biofeedback.gui.app import rehearse
    except ImportError as missing:
        raise MissingExtraError(
            f"the window needs Qt ({missing}); install it: pip install 'biofeedback[gui]', "
            "or run the demo with --no-window"
        ) from missing

    with kept_awake():
        saved = rehearse(simulator, seconds)
    if saved is None:
        say("The window was closed before the recording was saved.")
        return
    say(summary_words(open_session(saved).summary))
    say(f"\nsession    {saved}")
    say(verify_session(open_reader(saved)).in_words())
