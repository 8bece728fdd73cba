"""The books of a stream add up."""

from __future__ import annotations

import math

import pytest

from biofeedback.core.account import StreamAccount

NAN = math.nan


def account(received: int, lost: int) -> StreamAccount:
    return StreamAccount("a/force", received, lost, 0.0, 0, NAN, NAN, NAN, NAN, 0.0)


def test_what_is_expected_came_or_was_lost() -> None:
    assert account(90, 10).expected == 100
    assert account(90, 10).loss_pct == pytest.approx(10.0)


def test_loss_is_unknown_before_the_first_sample() -> None:
    assert math.isnan(account(0, 0).loss_pct)
