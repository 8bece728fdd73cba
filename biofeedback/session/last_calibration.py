"""How the belts compared last time: kept beside the sessions, by person, belts and posture."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from biofeedback.core.donning import CalibrationDone
from biofeedback.recording.layout import home, make_private

__all__ = [
    "Belts",
    "Comparison",
    "LastCalibration",
    "compare_and_keep",
    "compared",
    "last_calibration",
    "last_calibrations_file",
    "remember_calibration",
]

logger = logging.getLogger(__name__)

NAME = "last-calibrations.json"
SURE = 1.96


@dataclass(frozen=True, slots=True)
class Belts:
    """Whose belts, and which.

    Parameters
    ----------
    person : str
        Pseudonym; may be empty.
    chest, abdomen : str
        Device ids.
    posture : str
        As the person names it; may be empty.
    """

    person: str
    chest: str
    abdomen: str
    posture: str

    @property
    def key(self) -> str:
        """All of it in one line."""
        return json.dumps([self.person, self.chest, self.abdomen, self.posture])


@dataclass(frozen=True, slots=True)
class LastCalibration:
    """What is remembered of a calibration.

    Parameters
    ----------
    ln_k, ln_k_se : float
        Logarithm of the volume ratio, and its standard error.
    day : str
        When, as a date.
    """

    ln_k: float
    ln_k_se: float
    day: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether the belts sit as they did last time.

    Parameters
    ----------
    alike : bool or None
        None when there is nothing to compare with.
    words : str
        Why.
    """

    alike: bool | None
    words: str


def last_calibrations_file() -> Path:
    """Return where calibrations are remembered."""
    return home() / NAME


def last_calibration(belts: Belts) -> LastCalibration | None:
    """Return what the last calibration of these belts gave.

    Parameters
    ----------
    belts : Belts
        Whose, which, how held.

    Returns
    -------
    last : LastCalibration or None
        None when nothing is remembered.
    """
    kept = _kept().get(belts.key)
    try:
        return None if kept is None else LastCalibration(**kept)
    except TypeError:
        logger.warning("what %s says of these belts cannot be read", last_calibrations_file())
        return None


def remember_calibration(done: CalibrationDone, belts: Belts, day: str) -> None:
    """Keep what a calibration gave, for the next time.

    Parameters
    ----------
    done : CalibrationDone
        What it gave.
    belts : Belts
        Whose, which, how held.
    day : str
        Today, as a date.
    """
    kept = _kept() | {belts.key: asdict(LastCalibration(done.ln_k, done.ln_k_se, day))}
    path = last_calibrations_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    make_private(path)


def compared(done: CalibrationDone, last: LastCalibration | None) -> Comparison:
    """Say whether the belts compare as they did last time.

    Parameters
    ----------
    done : CalibrationDone
        Now.
    last : LastCalibration or None
        The time before.

    Returns
    -------
    comparison : Comparison
    """
    if last is None:
        return Comparison(None, "These belts were not calibrated in this posture before.")
    off = abs(done.ln_k - last.ln_k)
    ratios = f"{done.volume_ratio:.2f} now, {math.exp(last.ln_k):.2f} on {last.day}"
    if off <= SURE * math.hypot(done.ln_k_se, last.ln_k_se):
        return Comparison(
            True, f"The volume ratio is {ratios}: no more apart than both may be off."
        )
    return Comparison(
        False,
        f"The volume ratio is {ratios}: the belts sit differently. Compare excursions within "
        "this session only.",
    )


def compare_and_keep(done: CalibrationDone, belts: Belts, day: str) -> Comparison:
    """Compare with last time, and be the last time from now on.

    Parameters
    ----------
    done : CalibrationDone
        Now.
    belts : Belts
        Whose, which, how held.
    day : str
        Today, as a date.

    Returns
    -------
    comparison : Comparison
    """
    comparison = compared(done, last_calibration(belts))
    remember_calibration(done, belts, day)
    return comparison


def _kept() -> dict[str, Any]:
    path = last_calibrations_file()
    if not path.is_file():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        logger.warning("%s cannot be read: %s", path, problem)
        return {}
    return kept if isinstance(kept, dict) else {}
