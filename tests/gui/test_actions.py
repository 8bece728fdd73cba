"""One table of keys."""

from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QKeySequence

from biofeedback.gui.actions import ACTIONS, MARKERS


def test_no_key_means_two_things_on_one_page() -> None:
    pages = {action.page for action in ACTIONS}
    for page in pages:
        keys = Counter(a.key for a in ACTIONS if a.page in (page, "everywhere"))
        assert max(keys.values()) == 1


def test_qt_knows_every_key() -> None:
    for action in ACTIONS:
        assert not QKeySequence(action.key).isEmpty(), action


def test_every_marker_has_its_action() -> None:
    assert {f"mark {words}" for _, words in MARKERS} <= {action.name for action in ACTIONS}
