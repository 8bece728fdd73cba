from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.columns import COLUMNS, column_rule
from biofeedback.core.units import UNITS

PAGES = Path(__file__).parents[3] / "docs" / "metrics"


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("chest_excursion", "excursion"),
        ("abdomen_imu_ok", "quality"),
        ("abdomen_reason", "quality"),
        ("pelvis_motion_mps2", "quality"),
        ("thigh_quat_w", "tilt"),
        ("back_tilt_ml_deg", "tilt"),
        ("rib_cage_log_ratio", "rib_cage_log_ratio"),
    ],
)
def test_columns_are_found(name: str, page: str) -> None:
    rule = column_rule(name)
    assert rule is not None
    assert rule.page == page


@pytest.mark.parametrize(
    "name", ["force", "pelvis_excursion", "chest_tilt_ap_deg", "chest_ok_", ""]
)
def test_other_names_are_not(name: str) -> None:
    assert column_rule(name) is None


def test_units_are_allowed_ones() -> None:
    assert {unit for rule in COLUMNS for unit in rule.units} <= UNITS


@pytest.mark.parametrize("page", sorted({rule.page for rule in COLUMNS}))
def test_every_column_has_its_page(page: str) -> None:
    assert (PAGES / f"{page}.md").is_file()
