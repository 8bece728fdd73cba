from __future__ import annotations

import typing

from biofeedback.core.labels import NOT_QUIET, LabelName


def test_breaths_on_the_move_are_counted_and_the_others_are_not() -> None:
    assert set(typing.get_args(LabelName)) - NOT_QUIET == {"moving"}
