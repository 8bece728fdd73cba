"""Trunk measures on other people's recordings, read from beside the project.

Nothing is fitted to them. Sway is taken from the horizontal acceleration of our own orientation
stage; movements are counted with the detector that counts repetitions.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from biofeedback.core.results import Aligned
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.sway import low_passed, sway_measures
from biofeedback.signal.zigzag import ZigZag

__all__ = ["oriented", "quiet_and_intended", "seated_movements", "standing_and_walking"]

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "trunk_imu"
WINDOW_S = 4.0
PLANES = ("flexion", "lateral", "rotation")
USUAL_DEG = 60.0
EXPECTED = 3
RATES_HZ = (42.0, 46.0, 50.0)


def oriented(acc: FloatArray, gyro: FloatArray, rate_hz: float, right: FloatArray) -> Chunk:
    """Run our orientation stage over a sensor whose right is known; up: its first half second."""
    names = [(f"back_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    names += [(f"back_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("back_ok", "flag")]
    info = StreamInfo("imu", tuple(Channel(*name) for name in names), rate_hz)
    t_s = np.arange(len(acc)) / rate_hz
    up = acc[: round(0.5 * rate_hz)].mean(axis=0)
    sits = Aligned(
        t_s=0.0,
        decided_s=0.0,
        arrival_s=0.0,
        role=Role.BACK_IMU.value,
        ok=True,
        explained=math.nan,
        axis_deg=math.nan,
        bows=0,
        up=tuple(up.tolist()),
        right=tuple(right.tolist()),
        words="as the recording's description says",
    )
    pipeline = Pipeline([Orientation(Role.BACK_IMU)])
    pipeline.bind(info)
    data = np.column_stack([acc, gyro, np.ones(len(acc))])
    return pipeline.process(Chunk(info, t_s, t_s, data), [sits])[0]


def _windows(acc: FloatArray, gyro: FloatArray, rate_hz: float) -> Iterator[tuple[slice, float]]:
    """Give the RMS of horizontal acceleration of each window, m/s²."""
    rows = oriented(acc, gyro, rate_hz, np.array([0.0, 0.0, 1.0]))
    both = [low_passed(rows.column(f"back_acc_{axis}_mps2"), rate_hz) for axis in ("ap", "ml")]
    size = round(WINDOW_S * rate_hz)
    for begin in range(0, len(acc) - size + 1, size):
        part = slice(begin, begin + size)
        yield part, sway_measures(both[0][part], both[1][part], rate_hz).rms


def _effect(low: FloatArray, high: FloatArray) -> dict[str, float]:
    """Say how far apart two groups of positive numbers are, on a logarithmic scale."""
    one, other = np.log(low), np.log(high)
    n = len(one) + len(other)
    pooled = math.sqrt(
        ((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / (n - 2)
    )
    hedges = (1.0 - 3.0 / (4.0 * n - 9.0)) * float(other.mean() - one.mean()) / pooled
    above = np.mean([[b > a for b in high] for a in low])
    return {
        "windows_low": len(low),
        "windows_high": len(high),
        "median_low_mps2": float(np.median(low)),
        "median_high_mps2": float(np.median(high)),
        "hedges_g": hedges,
        "area_under_curve": float(above),
    }


def quiet_and_intended() -> dict[str, float] | None:
    """Quiet stance against intended sway, windows of 4 s (`sway_belt`, one person)."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for path in sorted((DATA / "sway_belt").glob("*.dat.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter="\t"))
        kinds = zip(rows[1], rows[2], strict=True)
        places = {name: n for n, (name, kind) in enumerate(kinds) if kind == "CAL"}

        def columns(label: str, places: dict[str, int] = places, rows: list = rows) -> FloatArray:  # type: ignore[type-arg]
            at = [places[f"{label} {axis}"] for axis in "XYZ"]
            return np.array([[float(row[n]) for n in at] for row in rows[4:]])

        first_ms, last_ms = (float(row[places["Timestamp"]]) for row in (rows[4], rows[-1]))
        rate_hz = 1000.0 * (len(rows) - 5) / (last_ms - first_ms)
        windows = _windows(columns("Low Noise Accelerometer"), columns("Gyroscope"), rate_hz)
        found[path.name.startswith("int")] += [rms for _, rms in windows]
    if not found[False] or not found[True]:
        return None
    return _effect(np.array(found[False]), np.array(found[True]))


def standing_and_walking() -> dict[str, float] | None:
    """Standing against walking, windows of 4 s (`mobgap`, one person, no labels in the files).

    Walking is told from the vertical alone (steps: its autocorrelation peaks above 0.5 between 0.35
    and 0.8 s and it moves by 1 m/s²), standing where the vertical hardly moves and the trunk does
    not turn (below 0.3 m/s² and 10 °/s), so that the sway of the horizontal is not its own label.
    """
    low, high = [], []
    for path in sorted((DATA / "mobgap").glob("*.csv.gz")):
        with gzip.open(path, "rt") as file:
            data = np.loadtxt(file, delimiter=",", skiprows=1)
        rate_hz = 100.0
        acc, gyro = STANDARD_GRAVITY_MPS2 * data[:, 1:4], data[:, 4:7]
        for part, rms in _windows(acc, gyro, rate_hz):
            vertical = acc[part, 0] - acc[part, 0].mean()
            spread, turning = float(vertical.std()), float(gyro[part].std(axis=0).max())
            whole = np.correlate(vertical, vertical, "full")[len(vertical) - 1 :]
            lags = slice(round(0.35 * rate_hz), round(0.8 * rate_hz))
            if spread > 1.0 and float(whole[lags].max()) > 0.5 * float(whole[0]):
                high.append(rms)
            elif spread < 0.3 and turning < 10.0:
                low.append(rms)
    return _effect(np.array(low), np.array(high)) if len(low) > 1 and len(high) > 1 else None


def _own_rate_hz(acc: FloatArray, gyro: FloatArray) -> float:
    """Find the rate at which gravity turns as fast as the gyroscope says.

    The way up g changes by −ω × g; per sample that is divided by the rate.
    """
    window = np.hanning(25) / np.hanning(25).sum()
    smooth = [
        np.column_stack([np.convolve(values[:, k], window, "valid") for k in range(3)])
        for values in (acc / np.linalg.norm(acc, axis=1)[:, None], np.deg2rad(gyro))
    ]
    turning = -np.cross(smooth[1], smooth[0])[1:-1]
    moved = 0.5 * (smooth[0][2:] - smooth[0][:-2])
    return float(np.sum(turning**2) / np.sum(turning * moved))


def _counted(acc: FloatArray, gyro: FloatArray, rate_hz: float) -> dict[str, int]:
    """Count movements in each plane; each is counted where it is largest on its way out.

    The sensor is worn with x down, y to the left and z backwards: the same for all recordings.
    """
    rows = oriented(acc, gyro, rate_hz, np.array([0.0, -1.0, 0.0]))
    angles = {
        "flexion": rows.column("back_tilt_ap_deg"),
        "lateral": rows.column("back_tilt_ml_deg"),
        "rotation": np.cumsum(rows.column("back_turn_dps")) / rate_hz,
    }
    found = dict.fromkeys(PLANES, 0)
    for plane in PLANES:
        zigzag = ZigZag(rate_hz, USUAL_DEG)
        zigzag.push(np.ascontiguousarray(angles[plane]))
        while (swing := zigzag.pop()) is not None:
            x = angles[plane][: swing.peak + 1]
            half = np.flatnonzero(x <= x[-1] - 0.5 * swing.rom_deg)[-1]
            part = slice(int(half), swing.peak + 1)  # the second half of the way out
            sizes = {name: float(np.ptp(values[part])) for name, values in angles.items()}
            if max(sizes, key=lambda name: sizes[name]) == plane:
                found[plane] += 1
    return found


def seated_movements() -> dict[str, object] | None:
    """Three bends, leans and turns each, sitting, sensor at C8 (`trunkyxl`, four people).

    The files do not tell their rate. It is estimated from how fast gravity turns against the
    gyroscope, recording by recording, and everything is repeated at fixed rates beside it.
    """
    files = sorted((DATA / "trunkyxl").glob("*.npz"))
    if not files:
        return None
    own, counts = [], []
    fixed: dict[float, list[dict[str, int]]] = {rate_hz: [] for rate_hz in RATES_HZ}
    for path in files:
        with np.load(path) as file:
            data = file["upper_back_C8"].astype(np.float64)
        acc, gyro = STANDARD_GRAVITY_MPS2 * data[:, :3], data[:, 3:6]
        own.append(_own_rate_hz(acc, gyro))
        counts.append(_counted(acc, gyro, own[-1]))
        for rate_hz in RATES_HZ:
            fixed[rate_hz].append(_counted(acc, gyro, rate_hz))
    return {
        "recordings": len(files),
        "rate_hz_estimated": [float(np.min(own)), float(np.median(own)), float(np.max(own))],
        "at_own_rate": _score(counts),
        "at_fixed_rates": {f"{rate_hz:g} Hz": _score(one) for rate_hz, one in fixed.items()},
        "counts": {
            path.stem: one
            for path, one in zip(files, counts, strict=True)
            if set(one.values()) != {3}
        },
    }


def _score(counts: list[dict[str, int]]) -> dict[str, float]:
    """Movements found in their plane, found too often, and recordings without any mistake."""
    right = sum(min(one[plane], EXPECTED) for one in counts for plane in PLANES)
    extra = sum(max(0, one[plane] - EXPECTED) for one in counts for plane in PLANES)
    all_of_them = EXPECTED * len(PLANES) * len(counts)
    return {
        "found": right / all_of_them,
        "precision": right / (right + extra) if right else 0.0,
        "recordings_without_mistake": float(
            np.mean([all(one[plane] == EXPECTED for plane in PLANES) for one in counts])
        ),
    }
