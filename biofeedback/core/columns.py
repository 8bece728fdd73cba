"""Every column that may leave a pipeline: its name, its unit, the page that explains it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from biofeedback.core.roles import Role
from biofeedback.core.units import BELT_UNITS

__all__ = ["COLUMNS", "ColumnRule", "column_rule"]


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """A column, or a family of them that differ in the role.

    Parameters
    ----------
    pattern : str
        Name; ``{belt}`` and ``{imu}`` stand for the prefix of a role of that kind.
    units : tuple of str
        Units it may have.
    page : str
        Name of its page in ``docs/metrics``, without ending.
    """

    pattern: str
    units: tuple[str, ...]
    page: str

    def matches(self, name: str) -> bool:
        """Tell whether a column belongs here.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        matches : bool
        """
        return re.fullmatch(self.pattern.format(**_PREFIXES), name) is not None


_PREFIXES = {
    kind: "(" + "|".join(role.prefix for role in Role if role.kind == kind) + ")"
    for kind in ("belt", "imu")
}

COLUMNS = (
    ColumnRule("{belt}_excursion", BELT_UNITS, "excursion"),
    ColumnRule("({belt}|{imu})_ok", ("flag",), "quality"),
    ColumnRule("({belt}|{imu})_reason", ("reason",), "quality"),
    ColumnRule("({belt}|{imu})_clock_(residual|se)_s", ("s",), "clock"),
    ColumnRule("{imu}_motion_mps2", ("m/s2",), "quality"),
    ColumnRule("{imu}_acc_[xyz]_mps2", ("m/s2",), "tilt"),
    ColumnRule("{imu}_gyro_[xyz]_dps", ("deg/s",), "tilt"),
    ColumnRule("{imu}_quat_[wxyz]", ("ratio",), "tilt"),
    ColumnRule("{imu}_tilt_(ap|ml)_deg", ("deg",), "tilt"),
    ColumnRule("{imu}_acc_(ap|ml|up)_mps2", ("m/s2",), "tilt"),
    ColumnRule("{imu}_(turn|speed)_dps", ("deg/s",), "tilt"),
    ColumnRule("{imu}_rotation_[xyz]_deg", ("deg",), "imu_breathing"),
    ColumnRule("{imu}_breath_deg", ("deg",), "imu_breathing"),
    ColumnRule("{imu}_breath_ok", ("flag",), "imu_breathing"),
    ColumnRule("{imu}_breath_reason", ("reason",), "imu_breathing"),
    ColumnRule("{imu}_breath_quality_pct", ("pct",), "imu_breathing"),
    ColumnRule("lumbar_(flexion|lateral)_deg", ("deg",), "posture"),
    ColumnRule("breath_(signal|phase|eel)", ("ratio",), "breath_signal"),
    ColumnRule("breath_reason", ("reason",), "labels"),
    ColumnRule("rib_cage_log_ratio", ("ratio",), "rib_cage_log_ratio"),
    ColumnRule("phase_angle_deg", ("deg",), "phase_angle"),
    ColumnRule("belly_share_(se_)?pct", ("pct",), "belly_share"),
)
"""All of them."""


def column_rule(name: str) -> ColumnRule | None:
    """Return what is known of a column, or None for one that no pipeline of ours makes.

    Parameters
    ----------
    name : str
        Column name.

    Returns
    -------
    rule : ColumnRule or None
    """
    return next((rule for rule in COLUMNS if rule.matches(name)), None)
