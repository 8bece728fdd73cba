"""The ball in the ring."""

from __future__ import annotations

import dataclasses

import numpy as np

from biofeedback.gui.motion import present_motion
from biofeedback.gui.states import PersonState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.balance_ring import BalanceRing
from biofeedback.session.live import Live
from tests.gui.made import pixels


def state(x: float, y: float, *, frozen: bool = False) -> PersonState:
    return dataclasses.replace(
        present_motion(Live()).person,
        ball=(x, y),
        trail=np.array([[0.0, 0.0], [x, y]]),
        frozen=frozen,
    )


def test_the_ball_goes_right_and_forward(theme: Theme) -> None:
    def spot(x: float, y: float) -> np.ndarray:
        ring = BalanceRing(theme)
        ring.show_state(state(x, y))
        picture = pixels(ring, 300, 300)
        rows, columns = np.nonzero(np.abs(picture - (0x5E, 0x27, 0x66)).max(axis=2) < 6)
        return np.array([rows.mean(), columns.mean()])

    middle = spot(0, 0)
    assert spot(0.5, 0)[1] > middle[1] + 30
    assert spot(0, 0.5)[0] < middle[0] - 30


def test_holding_breath_and_trunk_thickens_the_ring_gently(theme: Theme) -> None:
    ring = BalanceRing(theme)
    ring.show_state(state(0, 0))
    thin = pixels(ring, 300, 300)
    ring.show_state(state(0, 0, frozen=True))
    soon = (pixels(ring, 300, 300) != thin).any(axis=2).sum()
    for _ in range(60):
        ring.show_state(state(0, 0, frozen=True))
    later = (pixels(ring, 300, 300) != thin).any(axis=2).sum()
    assert later > 2 * soon


def test_without_a_trunk_sensor_the_ring_is_grey(theme: Theme) -> None:
    ring = BalanceRing(theme)
    ring.show_state(present_motion(Live()).person)
    picture = pixels(ring, 300, 300)
    assert np.ptp(picture, axis=2).max() < 40
