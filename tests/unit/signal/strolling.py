"""A trunk that stands and walks, on a table."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo

__all__ = ["INFO", "RATE_HZ", "strolling", "table_of"]

RATE_HZ = 50.0
NAMES = [(f"pelvis_acc_{axis}_mps2", "m/s2") for axis in ("ap", "ml", "up")]
NAMES += [("pelvis_ok", "flag"), *((f"pelvis_tilt_{axis}_deg", "deg") for axis in ("ap", "ml"))]
INFO = StreamInfo("table", tuple(Channel(*name) for name in NAMES), 50.0)


def strolling(length_s: float, from_s: float, step_s: float = 0.55) -> FloatArray:
    """Standing, then walking: 1.0 forward, 0.5 sideways, 2.0 vertically, m/s² RMS; upright."""
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    turn = 2.0 * np.pi * t_s / step_s
    size = np.sqrt(2.0) * np.where(t_s >= from_s, 1.0, 0.01)
    waves = (np.sin(turn), 0.5 * np.sin(0.5 * turn), 2.0 * np.cos(turn))
    noise = np.random.default_rng(1).normal(0.0, 0.02, (len(t_s), 3))
    acc = size[:, None] * np.stack(waves, axis=-1) + noise
    return np.column_stack([acc, np.ones(len(t_s)), np.zeros((len(t_s), 2))])


def table_of(data: FloatArray, begin_s: float = 0.0, number: int = 0) -> Chunk:
    """Rows that arrive a tenth of a second late."""
    t_s = begin_s + np.arange(len(data)) / RATE_HZ
    return Chunk(INFO, t_s, t_s + 0.1, data, number)
