"""Belts breathe, or motion sensors where there is none."""

from __future__ import annotations

import pytest

from biofeedback.core.roles import Role
from biofeedback.gui.sources import sources
from biofeedback.session.live import Live
from biofeedback.session.snapshot import LinkStatus

NAN = float("nan")


def wearing(*roles: Role) -> Live:
    live = Live()
    live.links = (LinkStatus("a/1", "open", "", True, "", "", "", roles, NAN, NAN, 9, 0, 0, 1.0),)
    return live


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        ((), []),
        ((Role.PELVIS_IMU,), []),
        ((Role.ABDOMEN_IMU,), ["Belly"]),
        ((Role.ABDOMEN_IMU, Role.STERNUM_IMU, Role.PELVIS_IMU), ["Sternum", "Belly"]),
        ((Role.ABDOMEN_IMU, Role.CHEST_BELT), ["Chest"]),
        ((Role.ABDOMEN_BELT, Role.CHEST_BELT), ["Chest", "Abdomen"]),
    ],
)
def test_what_breathes(roles: tuple[Role, ...], names: list[str]) -> None:
    assert [source.name for source in sources(wearing(*roles))] == names
