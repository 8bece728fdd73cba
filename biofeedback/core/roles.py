"""Where a sensor sits, what its columns are called, and what a kit can honestly tell."""

from __future__ import annotations

from enum import IntFlag, StrEnum

from biofeedback.core.ports import StreamKind

__all__ = ["Reason", "Role", "role_from_site"]


class Role(StrEnum):
    """A place on the body and the kind of sensor there.

    The value is what is recorded; ``prefix`` names its columns (``chest_excursion``,
    ``pelvis_tilt_ap_deg``, ``chest_ok``).
    """

    CHEST_BELT = "chest_belt"
    ABDOMEN_BELT = "abdomen_belt"
    STERNUM_IMU = "sternum_imu"
    ABDOMEN_IMU = "abdomen_imu"
    BACK_IMU = "back_imu"
    PELVIS_IMU = "pelvis_imu"
    THIGH_IMU = "thigh_imu"
    ARM_IMU = "arm_imu"

    @property
    def kind(self) -> StreamKind:
        """The kind of stream this role takes: ``belt`` or ``imu``."""
        return "belt" if self.value.endswith("_belt") else "imu"

    @property
    def site(self) -> str:
        """The place on the body, as people name it: ``chest``, ``pelvis`` …"""
        return self.value.removesuffix("_belt").removesuffix("_imu")

    @property
    def prefix(self) -> str:
        """Start of its column names: the site, but ``abdomen_imu`` beside the abdomen belt."""
        return "abdomen_imu" if self is Role.ABDOMEN_IMU else self.site


class Reason(IntFlag):
    """Why a row, a breath or a number is not counted; a bit set, 0 when it is."""

    NONE = 0
    GAP = 1
    SATURATED = 2
    FLAT = 4
    MOTION = 8
    SLIP = 16
    SETTLING = 32
    BRIDGED = 64
    STALE_CLOCK = 128
    NOT_A_NUMBER = 256
    UNCLEAR = 512
    INTERRUPTED = 1024
    SPEECH = 2048
    COUGH = 4096
    COUPLED = 8192

    def in_words(self) -> str:
        """Say the reasons in plain words, comma separated; empty when there is none."""
        words = {
            Reason.GAP: "no data",
            Reason.SATURATED: "belt at the end of its range",
            Reason.FLAT: "no movement seen",
            Reason.MOTION: "body moving",
            Reason.SLIP: "belt moved",
            Reason.SETTLING: "settling",
            Reason.BRIDGED: "short gap bridged",
            Reason.STALE_CLOCK: "clock not settled",
            Reason.NOT_A_NUMBER: "sensor sent no number",
            Reason.UNCLEAR: "breathing not clear",
            Reason.INTERRUPTED: "posture changed",
            Reason.SPEECH: "speaking",
            Reason.COUGH: "cough or laugh",
            Reason.COUPLED: "both belts move as one",
        }
        return ", ".join(text for reason, text in words.items() if reason in self)


def role_from_site(site: str, kind: StreamKind) -> Role | None:
    """Return the role for a site and a kind of stream, or None when there is none.

    Parameters
    ----------
    site : str
        ``chest``, ``abdomen``, ``sternum``, ``back``, ``pelvis``, ``thigh``, ``arm``.
    kind : StreamKind
        ``belt`` or ``imu``.

    Returns
    -------
    role : Role or None
    """
    for role in Role:
        if role.site == site and role.kind == kind:
            return role
    return None
