from __future__ import annotations

import itertools

import pytest

from biofeedback.core.capability import MEASURES, Way, capability, ways
from biofeedback.core.roles import Role
from tests.meta.source import PROJECT

BOTH_BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)


@pytest.mark.parametrize(
    ("worn", "can", "cannot"),
    [
        (BOTH_BELTS, "belly against chest", "litres"),
        ((Role.CHEST_BELT,), "breath holds", "belly against chest (needs both belts)"),
        ((Role.ABDOMEN_BELT,), "timing and depth", "steadiness in a task (needs a motion sensor"),
        ((Role.ABDOMEN_IMU,), "breathing rate (over 30 s, at rest)", "belly against chest"),
        ((Role.STERNUM_IMU, Role.ABDOMEN_IMU), "coarse, at rest", "belly against chest"),
        ((Role.STERNUM_IMU,), "sway (breathing is part of it)", "steadiness while breathing"),
        ((Role.ABDOMEN_IMU, Role.PELVIS_IMU), "another rhythm", "steadiness while breathing"),
        ((Role.PELVIS_IMU,), "pelvis tilt", "breathing rate (needs a belt"),
        ((Role.BACK_IMU,), "trunk lean", "breathing rate (needs a belt"),
        ((*BOTH_BELTS, Role.PELVIS_IMU), "steadiness while breathing", "which muscle"),
        ((Role.THIGH_IMU,), "leg exercises counted", "steadiness in a task"),
        ((Role.ABDOMEN_BELT, Role.ARM_IMU), "belly beside arm", "when a muscle begins"),
    ],
)
def test_a_kit_says_what_it_can_and_cannot_tell(
    worn: tuple[Role, ...], can: str, cannot: str
) -> None:
    first, _, second = capability(worn).partition("Cannot tell:")
    assert can in first
    assert cannot in second


def test_nothing_worn_promises_nothing() -> None:
    assert capability(()).startswith("Cannot tell: breathing rate")
    assert set(ways(()).values()) == {None}


def test_more_sensors_never_tell_less() -> None:
    for kit in itertools.combinations(Role, 2):
        for role in Role:
            before, after = ways(kit), ways({*kit, role})
            assert all(after[name] is not None for name, way in before.items() if way is not None)


def test_a_way_asks_for_all_of_these_and_any_of_those() -> None:
    way = Way(frozenset({Role.CHEST_BELT}), frozenset({Role.BACK_IMU, Role.PELVIS_IMU}))
    assert not way.fits([Role.CHEST_BELT])
    assert not way.fits([Role.BACK_IMU])
    assert way.fits([Role.BACK_IMU, Role.CHEST_BELT, Role.ARM_IMU])


def test_every_measure_has_its_page_and_its_own_name() -> None:
    assert len({one.name for one in MEASURES}) == len(MEASURES)
    for one in MEASURES:
        assert (PROJECT / "docs" / "metrics" / f"{one.page}.md").is_file(), one.page
