from __future__ import annotations

import pytest

from biofeedback.core.roles import Reason, Role, capability, role_from_site


@pytest.mark.parametrize(
    ("role", "kind", "site", "prefix"),
    [
        (Role.CHEST_BELT, "belt", "chest", "chest"),
        (Role.ABDOMEN_BELT, "belt", "abdomen", "abdomen"),
        (Role.ABDOMEN_IMU, "imu", "abdomen", "abdomen_imu"),
        (Role.PELVIS_IMU, "imu", "pelvis", "pelvis"),
    ],
)
def test_what_a_role_says(role: Role, kind: str, site: str, prefix: str) -> None:
    assert (role.kind, role.site, role.prefix) == (kind, site, prefix)


def test_no_two_roles_share_a_prefix() -> None:
    assert len({role.prefix for role in Role}) == len(Role)


def test_roles_are_found_by_site_and_kind() -> None:
    for role in Role:
        assert role_from_site(role.site, role.kind) is role
    assert role_from_site("thigh", "belt") is None
    assert role_from_site("ear", "imu") is None


def test_reasons_are_single_bits_with_words_each() -> None:
    words = [reason.in_words() for reason in Reason]
    assert all(words)
    assert len(set(words)) == len(words)
    assert Reason.NONE.in_words() == ""
    assert (Reason.GAP | Reason.MOTION).in_words() == "no data, body moving"
    assert Reason(9) == Reason.GAP | Reason.MOTION


BOTH_BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)


@pytest.mark.parametrize(
    ("worn", "can", "cannot"),
    [
        (BOTH_BELTS, "chest against belly", "litres"),
        ((Role.CHEST_BELT,), "relative depth", "chest against belly"),
        ((Role.STERNUM_IMU, Role.ABDOMEN_IMU), "coarse timing", "a share in per cent"),
        ((Role.ABDOMEN_IMU,), "holds at rest", "chest against belly"),
        ((Role.STERNUM_IMU,), "timing at rest", "belly movement"),
        ((Role.STERNUM_IMU,), "timing at rest", "beside exercise"),
        ((Role.ABDOMEN_IMU, Role.PELVIS_IMU), "beside slow movement", "rhythm of an exercise"),
        ((Role.PELVIS_IMU,), "pelvis tilt", "breathing"),
        ((Role.BACK_IMU,), "trunk lean", "breathing"),
        ((*BOTH_BELTS, Role.PELVIS_IMU), "sway", "which muscle"),
        ((Role.THIGH_IMU,), "", "trunk steadiness"),
        ((Role.ABDOMEN_BELT, Role.ARM_IMU), "timing of belly and arm", "when a muscle begins"),
        ((Role.CHEST_BELT, Role.ARM_IMU), "relative depth", "trunk steadiness"),
    ],
)
def test_a_kit_says_what_it_can_and_cannot_tell(
    worn: tuple[Role, ...], can: str, cannot: str
) -> None:
    first, _, second = capability(worn).partition("Cannot tell:")
    assert can in first
    assert cannot in second


def test_nothing_worn_promises_nothing() -> None:
    assert capability(()) == "Cannot tell: breathing; trunk steadiness."
