"""Write, read back, compare."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from biofeedback.recording.exporters.csv import write_csv
from tests.unit.report.made import made_session


def test_the_table_comes_back_with_its_units(tmp_path: Path) -> None:
    session = made_session(abdomen_gap_s=(60.0, 75.0))
    table_path, _, sidecar_path = write_csv(session.table, session.events, tmp_path / "out")
    rows = np.genfromtxt(table_path, delimiter=",", names=True)
    np.testing.assert_allclose(rows["t_s"], session.table.t_s, atol=1e-4)
    column = session.table.column("abdomen_excursion")
    np.testing.assert_allclose(rows["abdomen_excursion"], column, rtol=1e-8, equal_nan=True)
    assert np.isnan(column).any()
    sidecar = json.loads(sidecar_path.read_text())
    assert sidecar["columns"]["chest_excursion"]["unit"] == "a.u."
    assert sidecar["sample_rate_hz"] == 50


def test_every_breath_is_among_the_events(tmp_path: Path) -> None:
    session = made_session()
    _, path, _ = write_csv(session.table, session.events, tmp_path)
    with path.open() as file:
        rows = [r for r in csv.DictReader(file) if r["event"] == "BreathCycle"]
    peaks = [float(row["value"]) for row in rows if row["name"] == "peak_s"]
    np.testing.assert_allclose(peaks, [breath.peak_s for breath in session.breaths], rtol=1e-8)
