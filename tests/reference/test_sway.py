"""Sway measures against a slow twin written from the papers' equations, one term at a time."""

from __future__ import annotations

import cmath
import csv
import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter
from scipy.stats import f as f_distribution

from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.sway import low_passed, sway_measures

SWAY_BELT = Path(__file__).parents[2] / ".." / "shared" / "data" / "trunk_imu" / "sway_belt"


def slow_measures(ap: list[float], ml: list[float], rate_hz: float) -> dict[str, float]:
    """Prieto 1996 (RDIST, MDIST, TOTEX, MVELO, AREA-CE, MFREQ) and ISway jerk (Mancini 2012)."""
    n = len(ap)
    mean_ap, mean_ml = math.fsum(ap) / n, math.fsum(ml) / n
    x, y = [value - mean_ap for value in ap], [value - mean_ml for value in ml]
    far = [math.sqrt(a * a + b * b) for a, b in zip(x, y, strict=True)]
    path = math.fsum(math.hypot(x[k + 1] - x[k], y[k + 1] - y[k]) for k in range(n - 1))
    mean_distance, velocity = math.fsum(far) / n, path / (n / rate_hz)
    s_ap2 = math.fsum(a * a for a in x) / n
    s_ml2 = math.fsum(b * b for b in y) / n
    s_both = math.fsum(a * b for a, b in zip(x, y, strict=True)) / n
    f_95 = float(f_distribution.ppf(0.95, 2, n - 2))
    swept = math.fsum(abs(x[k + 1] * y[k] - x[k] * y[k + 1]) for k in range(n - 1))
    slopes = [
        ((x[k + 1] - x[k]) * rate_hz) ** 2 + ((y[k + 1] - y[k]) * rate_hz) ** 2
        for k in range(n - 1)
    ]
    return {
        "rms": math.sqrt(math.fsum(d * d for d in far) / n),
        "rms_ap": math.sqrt(s_ap2),
        "rms_ml": math.sqrt(s_ml2),
        "mean_distance": mean_distance,
        "path": path,
        "mean_velocity": velocity,
        "ellipse": 2 * math.pi * f_95 * math.sqrt(s_ap2 * s_ml2 - s_both * s_both),
        "mean_frequency_hz": velocity / (2 * math.pi * mean_distance),
        "area_rate": swept / (2 * n / rate_hz),
        "jerk": 0.5 * math.fsum(slope / rate_hz for slope in slopes),
        "jerk_normalised": 0.5
        * math.fsum(slope / rate_hz for slope in slopes)
        / (n / rate_hz * math.fsum(d * d for d in far) / n),
    }


def slow_spectrum(values: list[float], rate_hz: float) -> dict[str, float]:
    """Moments over 0.15 to 5 Hz of eight sine-tapered periodograms, one line at a time."""
    n = len(values)
    mean = math.fsum(values) / n
    lines: list[tuple[float, float]] = []
    tapered = [
        [
            (value - mean) * math.sqrt(2 / (n + 1)) * math.sin(math.pi * k * (j + 1) / (n + 1))
            for j, value in enumerate(values)
        ]
        for k in range(1, 9)
    ]
    for line in range(n // 2 + 1):
        if 0.15 <= line * rate_hz / n <= 5.0:
            turn = [cmath.exp(-2j * math.pi * ((line * j) % n) / n) for j in range(n)]
            power = math.fsum(
                abs(sum(a * b for a, b in zip(series, turn, strict=True))) ** 2
                for series in tapered
            )
            lines.append((line * rate_hz / n, power / 8))
    mu = [math.fsum(f**order * power for f, power in lines) for order in range(3)]
    found = {"power": mu[0], "centroid_hz": math.sqrt(mu[2] / mu[0])}
    found["dispersion"] = math.sqrt(1 - mu[1] ** 2 / (mu[0] * mu[2]))
    for name, part in (("f50_hz", 0.5), ("f95_hz", 0.95)):
        total = 0.0
        for frequency_hz, power in lines:
            total += power
            if total >= part * mu[0]:
                found[name] = frequency_hz
                break
    return found


def slow_low_pass(values: list[float], rate_hz: float) -> list[float]:
    """Butterworth of second order at 3.5 Hz, forwards and backwards, ends mirrored through."""
    b, a = (list(map(float, part)) for part in butter(2, 3.5, fs=rate_hz))
    pad = 9
    before = [2 * values[0] - values[k] for k in range(pad, 0, -1)]
    after = [2 * values[-1] - values[-1 - k] for k in range(1, pad + 1)]

    def once(x: list[float]) -> list[float]:
        # Memory as if the first value had been there for ever.
        x1 = x2 = y1 = y2 = x[0]
        out = []
        for value in x:
            y = b[0] * value + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
            x1, x2, y1, y2 = value, x1, y, y1
            out.append(y)
        return out

    both = once(once(before + values + after)[::-1])[::-1]
    return both[pad:-pad]


def check(ap: FloatArray, ml: FloatArray, rate_hz: float) -> None:
    smooth = [low_passed(values, rate_hz) for values in (ap, ml)]
    slow = [slow_low_pass(values.tolist(), rate_hz) for values in (ap, ml)]
    for fast, twin in zip(smooth, slow, strict=True):
        assert fast == pytest.approx(np.array(twin), rel=1e-9, abs=1e-9 * np.ptp(twin))
    measures = sway_measures(smooth[0], smooth[1], rate_hz)
    twin = slow_measures(smooth[0].tolist(), smooth[1].tolist(), rate_hz)
    for name, value in twin.items():
        assert getattr(measures, name) == pytest.approx(value, rel=1e-9), name
    centred = [values - values.mean() for values in smooth]
    for found, values in (
        (measures.distance, np.hypot(*centred)),
        (measures.ap, centred[0]),
        (measures.ml, centred[1]),
    ):
        if len(values) >= 8 * rate_hz:
            for name, value in slow_spectrum(values.tolist(), rate_hz).items():
                assert getattr(found, name) == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 128.0])
def test_made_sway(rate_hz: float) -> None:
    random = np.random.default_rng(5)
    steps = random.normal(0, 0.01, (2, round(30 * rate_hz)))
    ap, ml = np.cumsum(steps, axis=1)
    check(ap, 0.6 * ml + 0.2 * ap, rate_hz)


def belt(path: Path) -> tuple[dict[str, FloatArray], float]:
    """Read a Shimmer export: four header rows, calibrated columns by name; rate by its clock."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    places = {
        name: number
        for number, (name, kind) in enumerate(zip(rows[1], rows[2], strict=True))
        if kind == "CAL"
    }
    groups = {
        name: [f"{label} {axis}" for axis in axes]
        for name, label, axes in (
            ("acc", "Low Noise Accelerometer", "XYZ"),
            ("gyro", "Gyroscope", "XYZ"),
        )
    }
    first_ms, last_ms = (float(row[places["Timestamp"]]) for row in (rows[4], rows[-1]))
    parts = {
        name: np.array([[float(row[places[one]]) for one in columns] for row in rows[4:]])
        for name, columns in groups.items()
    }
    return parts, 1000.0 * (len(rows) - 5) / (last_ms - first_ms)


RECORDINGS = sorted(SWAY_BELT.glob("*.dat.gz"))


@pytest.mark.skipif(not RECORDINGS, reason=f"no recordings in {SWAY_BELT}")
def test_recorded_sway() -> None:
    for path in RECORDINGS:
        parts, rate_hz = belt(path)
        check(parts["acc"][:, 0], parts["acc"][:, 2], rate_hz)


@pytest.mark.skipif(not RECORDINGS, reason=f"no recordings in {SWAY_BELT}")
def test_quiet_and_intended_sway_are_told_apart() -> None:
    """Every quiet stance sways less than every intended one, by RMS and by path per second."""
    found: dict[str, list[tuple[float, float]]] = {"q": [], "int": []}
    for path in RECORDINGS:
        parts, rate_hz = belt(path)
        names = [(f"pelvis_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
        names += [(f"pelvis_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("pelvis_ok", "flag")]
        info = StreamInfo("imu", tuple(Channel(*name) for name in names), rate_hz)
        data = np.column_stack([parts["acc"], parts["gyro"], np.ones(len(parts["acc"]))])
        t_s = np.arange(len(data)) / rate_hz
        pipeline = Pipeline([Orientation(Role.PELVIS_IMU)])
        pipeline.bind(info)
        done, _ = pipeline.process(Chunk(info, t_s, t_s, data))
        both = [
            low_passed(done.column(f"pelvis_acc_{axis}_mps2"), rate_hz) for axis in ("ap", "ml")
        ]
        measures = sway_measures(both[0], both[1], rate_hz)
        found["int" if path.name.startswith("int") else "q"].append(
            (measures.rms, measures.mean_velocity)
        )
    quiet, intended = np.array(found["q"]), np.array(found["int"])
    assert (intended.min(axis=0) > 1.5 * quiet.max(axis=0)).all()
    assert (quiet[:, 0] < 0.2).all()


def test_a_circle_has_known_measures() -> None:
    """Radius r at frequency f: RMS and MDIST are r, velocity 2 pi f r, mean frequency f."""
    rate_hz, radius, frequency_hz = 100.0, 0.05, 0.5
    t_s = np.arange(0, 30, 1 / rate_hz)
    turn = 2 * np.pi * frequency_hz * t_s
    found = sway_measures(radius * np.cos(turn), radius * np.sin(turn), rate_hz)
    assert found.rms == pytest.approx(radius, rel=1e-6)
    assert found.mean_distance == pytest.approx(radius, rel=1e-6)
    assert found.mean_velocity == pytest.approx(2 * math.pi * frequency_hz * radius, rel=1e-3)
    assert found.mean_frequency_hz == pytest.approx(frequency_hz, rel=1e-3)
    assert found.jerk == pytest.approx(
        0.5 * 30 * (2 * math.pi * frequency_hz * radius) ** 2, rel=1e-3
    )
    assert found.ellipse == pytest.approx(2 * math.pi * 2.9987 * radius**2 / 2, rel=1e-3)
