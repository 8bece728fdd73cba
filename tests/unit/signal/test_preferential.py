from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.preferential import preferential

QUIET = (1.0, 1.0)


def led(
    rib: float, depth: float = 1.0, ratio: float = 1.0, n: int = 6, cv: float = 0.0
) -> FloatArray:
    """Breaths of which the rib cage moves a part; volume is ratio · chest + abdomen."""
    random = np.random.default_rng(round(100 * rib))
    volume = depth * np.exp(cv * random.normal(size=n))
    return np.column_stack([rib * volume / ratio, (1 - rib) * volume])


@pytest.mark.parametrize("ratio", [0.4, 1.0, 3.0])
def test_equally_deep_breaths_give_the_ratio(ratio: float) -> None:
    quiet = (0.5 / ratio, 0.5)
    found = preferential(led(0.85, ratio=ratio), led(0.25, ratio=ratio), quiet)
    assert found.problem is None
    assert found.ln_k == pytest.approx(math.log(ratio))


def test_a_belly_drawn_in_while_the_chest_leads_counts_as_it_is() -> None:
    assert preferential(led(1.2), led(0.3), QUIET).ln_k == pytest.approx(0.0)


def test_unequal_depth_biases_it_by_as_much_as_algebra_says() -> None:
    found = preferential(led(0.8), led(0.3, depth=1.2), QUIET)
    assert found.ln_k == pytest.approx(math.log((0.7 * 1.2 - 0.2) / (0.8 - 0.3 * 1.2)))
    assert abs(found.ln_k) < 2.5 * found.ln_k_se


def test_its_error_is_that_of_the_scatter_of_depth() -> None:
    random = np.random.default_rng(3)
    ln_k, errors = [], []
    for _ in range(500):
        volumes = np.exp(0.1 * random.normal(size=(2, 6)))
        found = preferential(
            np.column_stack([0.85 * volumes[0], 0.15 * volumes[0]]),
            np.column_stack([0.25 * volumes[1], 0.75 * volumes[1]]),
            QUIET,
        )
        ln_k.append(found.ln_k)
        errors.append(found.ln_k_se)
    floor = 0.10 * (0.25 + 0.75) / 0.6  # what unequal depth on purpose adds
    scatter = math.sqrt(float(np.median(errors)) ** 2 - floor**2)
    assert scatter == pytest.approx(float(np.std(ln_k)), rel=0.15)


@pytest.mark.parametrize(
    ("chest_led", "belly_led", "problem"),
    [
        (led(0.8, n=3), led(0.3), "too_few_breaths"),
        (led(0.3), led(0.8), "swapped"),
        (led(0.5), led(0.5), "alike"),
        (led(0.6), led(0.3, depth=3.0), "unsteady"),
    ],
)
def test_what_is_wrong_is_named(chest_led: FloatArray, belly_led: FloatArray, problem: str) -> None:
    found = preferential(chest_led, belly_led, QUIET)
    assert found.problem == problem
    assert math.isnan(found.ln_k)
