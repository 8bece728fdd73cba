"""What changes slowly on the screen: resting levels, ends of axes, own ellipse. Pure, no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from biofeedback.core.results import BreathMark
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.gui.sources import sources
from biofeedback.session.live import Live

__all__ = ["Ellipse", "Scales", "is_onset", "nice", "present_scales", "resting", "trunk_role"]

Ellipse = tuple[float, float, float, float, float]
TRUNK = (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU)
STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
CHI_SQUARE_95 = 5.991
LEAST_AXIS_DEG = 0.3
LEAST_LEAN_DEG = 2.0


@dataclass(frozen=True, slots=True)
class Scales:
    """Everything that is worked out twice a second instead of with every frame.

    Parameters
    ----------
    resting : mapping of str to float
        End-expiratory level of each column that is drawn as breathing, in its unit.
    usual : mapping of str to float
        Usual depth above that level, same unit.
    high : float
        Upper end of the breathing axis.
    lean_deg : float
        Upper end of the lean axis, degrees.
    ellipse : tuple of float or None
        Own 95 % ellipse of the trunk, see TrunkState.
    """

    resting: Mapping[str, float] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    high: float = 1.0
    lean_deg: float = LEAST_LEAN_DEG
    ellipse: Ellipse | None = None


def present_scales(live: Live, window_s: float = 60.0) -> Scales:
    """Work out the scales of the moment.

    Parameters
    ----------
    live : Live
        What is known.
    window_s : float
        Length of the time axis, s.

    Returns
    -------
    scales : Scales
    """
    levels, usual, highest = {}, {}, []
    for name in (source.column for source in sources(live)):
        t_s, values = live.trace(name)
        values = values[np.isfinite(values) & (t_s > live.now_s - window_s)]
        if len(values):
            levels[name] = resting(live, name)
            deep, deepest = np.quantile(values, (0.93, 0.995)) - levels[name]
            usual[name] = float(deep)
            highest.append(float(deepest))
    lean_deg, ellipse = LEAST_LEAN_DEG, None
    trunk = trunk_role(live)
    if trunk is not None:
        t_s, ap_deg = live.trace(f"{trunk.prefix}_tilt_ap_deg")
        _, ml_deg = live.trace(f"{trunk.prefix}_tilt_ml_deg")
        known = np.isfinite(ap_deg) & np.isfinite(ml_deg)
        seen = known & (t_s > live.now_s - window_s)
        if seen.any():
            lean_deg = max(lean_deg, nice(float(np.abs(ap_deg[seen]).max())))
        ellipse = _ellipse(ap_deg[known], ml_deg[known])
    return Scales(levels, usual, nice(max(highest, default=1.0) * 1.08), lean_deg, ellipse)


def trunk_role(live: Live) -> Role | None:
    """Return the sensor that stands for the trunk, or None.

    Parameters
    ----------
    live : Live
        What is known.

    Returns
    -------
    role : Role or None
    """
    worn = {role for link in live.links for role in link.roles}
    return next((role for role in TRUNK if role in worn), None)


def resting(live: Live, name: str) -> float:
    """Return an end-expiratory level: the median at the breath onsets on the screen.

    Parameters
    ----------
    live : Live
        What is known.
    name : str
        Column that breathes.

    Returns
    -------
    level : float
        In its unit.
    """
    t_s, values = live.table.column(name)
    onsets = [mark.t_s for mark in live.marks if is_onset(mark)]
    known = np.isfinite(values)
    if not known.any():
        return float(np.nanquantile(live.trace(name)[1], 0.1))
    t_s, values = t_s[known], values[known]
    seen = [onset for onset in onsets if t_s[0] <= onset <= t_s[-1]]
    if len(seen) < 2:
        return float(np.quantile(values, 0.1))
    return float(np.median(np.interp(seen, t_s, values)))


def is_onset(mark: BreathMark) -> bool:
    """Tell whether a mark is a confirmed onset of a breath.

    Parameters
    ----------
    mark : BreathMark
        Any mark.

    Returns
    -------
    onset : bool
    """
    return mark.kind == "inspiration_onset" and mark.state == "confirmed"


def nice(highest: float) -> float:
    """Round up, so that an axis seldom changes.

    Parameters
    ----------
    highest : float
        What must fit.

    Returns
    -------
    end : float
        1 when there is nothing to fit.
    """
    if not highest > 0:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(highest))
    return next(step * decade for step in STEPS if step * decade >= highest)


def _ellipse(ap_deg: FloatArray, ml_deg: FloatArray) -> Ellipse | None:
    """Return the 95 % ellipse of where the trunk was: centre, semi-axes, angle."""
    if len(ap_deg) < 100:
        return None
    step = max(1, len(ap_deg) // 1000)
    points = np.stack([ml_deg[::step], ap_deg[::step]])
    values, vectors = np.linalg.eigh(np.cov(points))
    axes = np.maximum(np.sqrt(np.maximum(values, 0) * CHI_SQUARE_95), LEAST_AXIS_DEG)
    angle_deg = math.degrees(math.atan2(vectors[1, 1], vectors[0, 1]))
    centre = points.mean(axis=1)
    return float(centre[0]), float(centre[1]), float(axes[1]), float(axes[0]), angle_deg
