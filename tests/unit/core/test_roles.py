from __future__ import annotations

import pytest

from biofeedback.core.roles import Reason, Role, role_from_site


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
