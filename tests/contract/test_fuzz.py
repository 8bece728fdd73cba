"""Bytes that no device would send, for every decoder; `make fuzz` feeds two millions to each."""

from __future__ import annotations

import random

import pytest

from benchmarks.fuzz import MOST_MEMORY_BYTES, PROTOCOLS, corpus, fuzz, mutated
from biofeedback.drivers.registry import drivers

every_protocol = pytest.mark.parametrize("name", sorted(PROTOCOLS))


def test_every_driver_is_fuzzed() -> None:
    assert set(PROTOCOLS) == set(drivers())


@every_protocol
def test_nothing_raises_and_nothing_is_kept(name: str) -> None:
    done = fuzz(name, 2_000, n_weighed=5)
    assert done.failures == ()
    # A quarter of the conversations that the bound is for.
    assert done.kept_bytes < MOST_MEMORY_BYTES / 4
    # Some inputs must get through to the end, and some must not.
    assert done.samples > 20
    assert done.garbage > 100


@pytest.mark.slow
@every_protocol
def test_nothing_raises_for_longer(name: str) -> None:
    done = fuzz(name, 200_000, seed=2)
    assert done.failures == ()
    assert done.kept_bytes < MOST_MEMORY_BYTES


def test_inputs_differ_and_are_the_same_every_time() -> None:
    seeds, _ = corpus(PROTOCOLS["godirect"])
    chance = random.Random(1)
    inputs = [mutated(seeds, chance) for _ in range(500)]
    chance.seed(1)
    assert inputs == [mutated(seeds, chance) for _ in range(500)]
    assert len(set(inputs)) > 300
    assert set(inputs) & set(seeds)
