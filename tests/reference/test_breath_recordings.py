"""Breath peaks on two labelled recordings that lie beside the project, where they do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.signal.refine import RefinedBreaths
from tests.unit.signal.lungs import marks, matched, run, table

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "breath_gt" / "vernier_imu"


@pytest.mark.parametrize(
    ("name", "least"), [("m3_sit_0520_0852", 0.98), ("p02_walk_0516_0644", 0.96)]
)
def test_labelled_peaks(name: str, least: float) -> None:
    path = FOLDER / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    header = np.genfromtxt(path, delimiter=",", max_rows=1, dtype=str)
    rows = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=str)
    stamps = rows[:, list(header).index("Timestamp")].astype("datetime64[us]")
    sample_s = (stamps - stamps[0]) / np.timedelta64(1, "s")
    force = rows[:, list(header).index("Force")].astype(float)
    labels_s = np.genfromtxt(FOLDER / f"{name}.peaks.csv", delimiter=",", skip_header=1)[:, 1]
    t_s = np.arange(0, sample_s[-1], 0.02)
    chunk = table(t_s, chest_excursion=np.interp(t_s, sample_s, force))
    live_s = np.array([mark.t_s for mark in marks(run(chunk)[1], "inspiration_peak")])
    refined_s = np.array(RefinedBreaths(chunk).peaks_s)
    for found_s in (live_s, refined_s):
        assert matched(found_s[found_s >= 10], labels_s[labels_s >= 10], 0.5)[0] >= least
