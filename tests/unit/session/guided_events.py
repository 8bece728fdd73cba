"""What the instrument says while a person is guided, made by hand."""

from __future__ import annotations

import math

from biofeedback.core.donning import (
    CalibrationDone,
    CalibrationEnded,
    CalibrationFailed,
    CalibrationStep,
    Problem,
    StepName,
)
from biofeedback.core.results import Aligned, TapAlignment, ToneReference

NOW = {"t_s": 1.0, "decided_s": 1.0, "arrival_s": 1.0}


def begun(step: StepName, t_s: float = 1.0) -> CalibrationStep:
    return _step(step, "begun", None, t_s)


def answered(step: StepName, problem: Problem | None = None) -> CalibrationStep:
    return _step(step, "done" if problem is None else "again", problem, 1.0)


def _step(step: StepName, state: str, problem: Problem | None, t_s: float) -> CalibrationStep:
    return CalibrationStep(
        t_s=t_s,
        decided_s=t_s,
        arrival_s=t_s,
        step=step,
        state=state,  # type: ignore[arg-type]
        problem=problem,
        words=f"{step} {problem or state}",
        next_step="finish",
        next_words="",
        posture="sitting",
    )


def calibrated(
    ln_k: float = 0.2, ln_k_se: float = 0.1, *, resumed: bool = False
) -> CalibrationDone:
    return CalibrationDone(
        **NOW,
        ln_k=ln_k,
        ln_k_se=ln_k_se,
        ln_k_isovolume=ln_k,
        ln_k_isovolume_se=ln_k_se,
        ln_k_preferential=ln_k,
        ln_k_preferential_se=ln_k_se,
        isovolume_r=-0.99,
        isovolume_residual=0.05,
        isovolume_swings=5,
        posture="sitting",
        resumed=resumed,
        words="Calibrated.",
    )


def refused(*problems: Problem) -> CalibrationFailed:
    return CalibrationFailed(**NOW, problems=problems, words=" ".join(problems))


def ended() -> CalibrationEnded:
    return CalibrationEnded(**NOW, reason="slip", words="A belt has slipped.")


def aligned(role: str, *, ok: bool = True) -> Aligned:
    return Aligned(
        **NOW,
        role=role,
        ok=ok,
        explained=0.99,
        axis_deg=90.0,
        bows=3 if ok else 1,
        up=(0.0, 1.0, 0.0),
        right=(1.0, 0.0, 0.0),
        words="Aligned by 3 bows." if ok else "1 bows were seen.",
    )


def lag(role: str, lag_s: float = 0.1, se_s: float = 0.02, reason: str = "") -> TapAlignment:
    nan = math.nan
    return TapAlignment(
        **NOW,
        reference="chest_belt",
        role=role,
        lag_s=nan if reason else lag_s,
        lag_se_s=nan if reason else se_s,
        jolts=0 if reason else 3,
        reason=reason,
    )


def taught(manoeuvre: str, problem: str = "") -> ToneReference:
    return ToneReference(
        **NOW,
        manoeuvre=manoeuvre,  # type: ignore[arg-type]
        ok=not problem,
        problem=problem,  # type: ignore[arg-type]
        breaths=6,
        belt="tension",
        tonic=0.0,
        phasic=1.0,
        words=f"{manoeuvre} {problem or 'done'}",
    )
