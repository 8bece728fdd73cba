from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.isovolume import LEAK_SD, isovolume, turning_rows

RATE_HZ = 50.0


def manoeuvre(
    ratio: float = 1.0,
    *,
    pushes: int = 5,
    size: float = 1.2,
    leak: float = 0.0,
    noise: float = 0.0,
    drift: float = 0.0,
    stray: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Two quiet breaths of 1 in each belt, pushes of 3 s, two breaths."""
    random = np.random.default_rng(1)
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(0, 8, 1 / RATE_HZ) / 4)
    push = size * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(0, 3 * pushes, 1 / RATE_HZ) / 3))
    odd = stray * np.cumsum(random.normal(size=len(push))) / math.sqrt(RATE_HZ)
    chest = np.concatenate([breath, -(1 - leak) * push / ratio + odd, breath])
    abdomen = np.concatenate([breath, push, breath])
    part = np.linspace(0, 1, len(chest))
    noisy = noise * random.normal(size=(2, len(chest)))
    return chest + drift * part + noisy[0], abdomen - drift * part + noisy[1]


@pytest.mark.parametrize("ratio", [0.4, 1.0, 3.0])
def test_the_ratio_is_read_off_the_pushes_alone(ratio: float) -> None:
    found = isovolume(*manoeuvre(ratio), 1.0, RATE_HZ)
    assert found.problem is None
    assert found.ln_k == pytest.approx(math.log(ratio), abs=0.003)
    assert found.swings == 5
    assert found.r == pytest.approx(-1.0, abs=0.001)
    assert found.residual == pytest.approx(0.0, abs=0.01)
    assert found.ln_k_se == pytest.approx(LEAK_SD, abs=0.002)


def test_noise_and_drift_cost_little() -> None:
    found = isovolume(*manoeuvre(1.5, noise=0.05, drift=1.0), 1.0, RATE_HZ)
    assert found.problem is None
    assert found.ln_k == pytest.approx(math.log(1.5), abs=0.05)


@pytest.mark.parametrize("leak", [0.1, 0.2, 0.3])
def test_air_that_escapes_with_every_push_is_not_seen_but_shifts_it(leak: float) -> None:
    found = isovolume(*manoeuvre(leak=leak), 1.0, RATE_HZ)
    assert found.problem is None
    assert found.ln_k == pytest.approx(-math.log(1 - leak), abs=0.003)


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"pushes": 3}, "too_few_swings"),
        ({"size": 0.6}, "swings_too_small"),
        ({"stray": 0.4}, "throat_open"),
        ({"leak": 2.0}, "not_opposed"),
    ],
)
def test_what_is_wrong_is_named(how: dict[str, float], problem: str) -> None:
    assert isovolume(*manoeuvre(**how), 1.0, RATE_HZ).problem == problem  # type: ignore[arg-type]


def test_a_step_without_any_push_is_not_opposed() -> None:
    found = isovolume(np.zeros(500), np.zeros(500), 1.0, RATE_HZ)
    assert found.problem == "not_opposed"
    assert math.isnan(found.ln_k)


def test_turning_rows_are_the_ends_of_large_swings() -> None:
    values = np.interp(np.arange(101.0), [0, 30, 40, 50, 70, 100], [0, 3, 2.8, 4, 1, 2])
    assert turning_rows(values, 0.5) == [0, 50, 70, 100]
    assert turning_rows(values, 5.0) == [0]
    assert turning_rows(np.array([1.0]), 0.5) == [0]
