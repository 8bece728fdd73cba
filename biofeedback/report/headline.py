"""The first lines of a report: plain sentences, and the headline numbers with their quality."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, Hold, Sway
from biofeedback.signal.summary import MEDIAN_SE, breath_rate, circular_mean_deg, spread

__all__ = [
    "Figure",
    "QualityWord",
    "factor_words",
    "headline",
    "in_step",
    "quality_word",
    "sentences",
    "signed_deg",
]

QualityWord = Literal["good", "doubtful", "unknown"]
GOOD, USABLE = 0.9, 0.6
LEAST_BREATHS = 5
PHASE_STEADY = 0.8


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the headline row.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The number with its sign, or ``unknown``.
    unit : str
        Unit and spread, in small type.
    quality : {"good", "doubtful", "unknown"}
        How far it can be trusted.
    note : str
        Why, or what it rests on.
    """

    label: str
    value: str
    unit: str
    quality: QualityWord
    note: str


def headline(
    breaths: Sequence[BreathCycle],
    shares: Sequence[BreathShare],
    baselines: Sequence[BaselineSet],
    sways: Sequence[Sway],
) -> tuple[Figure, ...]:
    """Return the headline numbers; those of sensors not worn are left out.

    Parameters
    ----------
    breaths : sequence of BreathCycle
        As known live.
    shares : sequence of BreathShare
        Empty without both belts.
    baselines : sequence of BaselineSet
        The last one counts.
    sways : sequence of Sway
        Empty without a motion sensor.

    Returns
    -------
    figures : tuple of Figure
    """
    figures = (
        _rate_figure(breaths),
        _duty_figure(breaths),
        _share_figure(shares, baselines),
        _phase_figure(shares),
        _sway_figure(sways),
    )
    return tuple(figure for figure in figures if figure is not None)


def quality_word(trusted: float) -> QualityWord:
    """Return the word for a share of trusted data.

    Parameters
    ----------
    trusted : float
        0 to 1; NaN when nothing is known.

    Returns
    -------
    word : {"good", "doubtful", "unknown"}
    """
    if not trusted >= USABLE:
        return "unknown"
    return "good" if trusted >= GOOD else "doubtful"


def _rate_figure(breaths: Sequence[BreathCycle]) -> Figure:
    rate, se = breath_rate(breaths)
    if len(breaths) < LEAST_BREATHS:
        return Figure("Breaths per minute", "unknown", "", "unknown", "fewer than five breaths")
    quality = float(np.median([breath.quality for breath in breaths]))
    return Figure(
        "Breaths per minute",
        f"{rate:.1f}",
        f"± {1.96 * se:.1f}",
        quality_word(quality),
        f"{len(breaths)} breaths",
    )


def _duty_figure(breaths: Sequence[BreathCycle]) -> Figure | None:
    if len(breaths) < LEAST_BREATHS:
        return None
    duty = np.array([breath.duty_cycle for breath in breaths])
    quality = float(np.median([breath.quality for breath in breaths]))
    return Figure(
        "Breathing in, part of a breath",
        f"{np.median(duty):.2f}",
        f"± {spread(duty):.2f}",
        quality_word(quality),
        "Ti/Ttot, median and spread",
    )


def in_step(shares: Sequence[BreathShare]) -> list[BreathShare]:
    """Return the breaths whose share has a meaning and a baseline.

    Parameters
    ----------
    shares : sequence of BreathShare
        Any.

    Returns
    -------
    usable : list of BreathShare
    """
    return [
        share
        for share in shares
        if share.state == "in_step" and math.isfinite(share.rib_cage_log_ratio)
    ]


def factor_words(log_ratio: float) -> str:
    """Say a log-ratio as a factor of belly against chest: what the person practises.

    Parameters
    ----------
    log_ratio : float
        Rib cage against abdomen, against the baseline.

    Returns
    -------
    words : str
    """
    return f"×{math.exp(-log_ratio):.2f}"


def _share_figure(shares: Sequence[BreathShare], baselines: Sequence[BaselineSet]) -> Figure | None:
    if not shares:
        return None
    label = "Belly against chest, last third"
    usable = in_step(shares)
    last = usable[-max(LEAST_BREATHS, len(usable) // 3) :]
    if len(last) < LEAST_BREATHS or not baselines:
        return Figure(
            label, "unknown", "", "unknown", "no baseline, or chest and belly out of step"
        )
    values = np.array([share.rib_cage_log_ratio for share in last])
    se = math.hypot(
        MEDIAN_SE * spread(values) / math.sqrt(len(values)),
        MEDIAN_SE * baselines[-1].log_ratio_sd / math.sqrt(max(baselines[-1].breaths, 1)),
    )
    middle = float(np.median(values))
    source = "marked" if baselines[-1].source == "marked" else "the first good minute"
    return Figure(
        label,
        factor_words(middle),
        f"± {math.exp(-middle) * 1.96 * se:.2f}",
        quality_word(float(np.median([share.quality for share in last]))),
        f"own baseline: {source}",
    )


def signed_deg(angle_deg: float) -> str:
    """Write whole degrees with a sign and a real minus; zero has none.

    Parameters
    ----------
    angle_deg : float
        Finite.

    Returns
    -------
    words : str
    """
    whole = round(angle_deg)
    return f"{whole:+d}°".replace("-", "−") if whole else "0°"


def _phase_figure(shares: Sequence[BreathShare]) -> Figure | None:
    if not shares:
        return None
    mean_deg, length = circular_mean_deg(np.array([share.phase_angle_deg for share in shares]))
    if not math.isfinite(mean_deg):
        return Figure("Phase angle", "unknown", "", "unknown", "no breath on both belts")
    leads = "belly leads" if mean_deg > 0 else "chest leads"
    quality = quality_word(float(np.median([share.quality for share in shares])))
    if length < PHASE_STEADY:
        quality = "doubtful" if quality == "good" else quality
        leads = "unsteady"
    return Figure("Phase angle", signed_deg(mean_deg), "", quality, leads)


def _sway_figure(sways: Sequence[Sway]) -> Figure | None:
    if not sways:
        return None
    rms = np.array([sway.tilt_rms_deg for sway in sways])
    valid = float(np.median([sway.valid for sway in sways]))
    if not np.isfinite(rms).any():
        return Figure("Trunk movement", "unknown", "", "unknown", "motion sensor not trusted")
    return Figure(
        "Trunk movement",
        f"{np.nanmedian(rms):.1f}°",
        f"{np.nanmin(rms):.1f} to {np.nanmax(rms):.1f}",
        quality_word(valid),
        "RMS tilt in 30 s",
    )


def sentences(
    breaths: Sequence[BreathCycle],
    shares: Sequence[BreathShare],
    holds: Sequence[Hold],
    poor: Sequence[str],
) -> list[str]:
    """Say the session in plain words.

    Parameters
    ----------
    breaths : sequence of BreathCycle
        As known live.
    shares : sequence of BreathShare
        Empty without both belts.
    holds : sequence of Hold
        Ended ones.
    poor : sequence of str
        Sites whose signal was not good all the time.

    Returns
    -------
    sentences : list of str
    """
    said: list[str] = []
    rate, _ = breath_rate(breaths)
    if len(breaths) >= LEAST_BREATHS:
        said.append(f"{len(breaths)} breaths were seen, about {rate:.0f} a minute.")
    else:
        said.append("Too few breaths were seen to say how fast they were.")
    usable = in_step(shares)
    if len(usable) >= 2 * LEAST_BREATHS:
        third = max(LEAST_BREATHS, len(usable) // 3)
        late = float(np.median([share.rib_cage_log_ratio for share in usable[-third:]]))
        se = float(np.median([share.rib_cage_log_ratio_se for share in usable[-third:]]))
        if not math.isfinite(se) or abs(late) <= 1.96 * se:
            said.append("Towards the end, chest and belly shared the work as at the start.")
        else:
            where = "chest" if late > 0 else "belly"
            factor = math.exp(abs(late))
            said.append(
                f"Towards the end the {where} moved {factor:.1f} times as much, against the other, "
                "as in the baseline."
            )
    paradox = sum(share.state == "paradox" for share in shares)
    if shares and paradox > 0.2 * len(shares):
        said.append(f"Chest and belly moved against each other in {paradox} breaths.")
    if holds:
        longest_s = max(hold.duration_s for hold in holds)
        times = "once" if len(holds) == 1 else f"{len(holds)} times"
        said.append(f"The breath was held {times}, the longest for {longest_s:.0f} s.")
    if poor:
        said.append(
            f"The signal of the {' and '.join(poor)} sensor was not good all the time; "
            "those moments do not count."
        )
    return said
