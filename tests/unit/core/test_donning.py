from __future__ import annotations

import math

import pytest

from biofeedback.core.donning import CalibrationDone


def test_the_volume_ratio_is_the_exponential_of_its_logarithm() -> None:
    done = CalibrationDone(
        t_s=1.0,
        decided_s=1.0,
        arrival_s=1.0,
        ln_k=math.log(2.5),
        ln_k_se=0.1,
        ln_k_isovolume=math.log(2.5),
        ln_k_isovolume_se=0.1,
        ln_k_preferential=math.log(2.5),
        ln_k_preferential_se=0.2,
        isovolume_r=-0.99,
        isovolume_residual=0.05,
        isovolume_swings=5,
        posture="sit",
        resumed=False,
        words="Calibrated.",
    )
    assert done.volume_ratio == pytest.approx(2.5)
