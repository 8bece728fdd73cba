"""What a snapshot says of a link."""

from __future__ import annotations

import math

import pytest

from biofeedback.session.snapshot import LinkStatus

NAN = math.nan


def link(received: int, lost: int) -> LinkStatus:
    return LinkStatus(
        "godirect/1", "open", "", True, "GDX-RB", "1", "1.8", (), NAN, NAN, received, lost, 0, NAN
    )


def test_loss_is_in_per_cent_of_what_was_expected() -> None:
    assert link(90, 10).loss_pct == pytest.approx(10.0)
    assert link(5, 0).loss_pct == 0.0


def test_loss_is_unknown_before_the_first_sample() -> None:
    assert math.isnan(link(0, 0).loss_pct)
