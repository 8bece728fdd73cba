"""A recording through the same kernel as live."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.errors import RecordingError, RecordingFormatError
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import analyze_entries, breath_rows, open_session, write_tables
from tests.unit.report.made import DEVICE, made_entries, made_session


def test_analysis_finds_what_was_made() -> None:
    analysis = made_session(rate_per_min=15.0, abdomen_leads_s=0.2)
    assert np.median([breath.ttot_s for breath in analysis.breaths]) == pytest.approx(4.0, abs=0.03)
    assert len(analysis.breaths_refined) >= len(analysis.breaths)


def test_feeding_in_other_batches_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = analyze_entries(made_entries(), Kernel({DEVICE: Imported()}))
    monkeypatch.setattr("biofeedback.session.offline.BATCH", 3)
    parts = analyze_entries(made_entries(), Kernel({DEVICE: Imported()}))
    np.testing.assert_array_equal(whole.table.data, parts.table.data)
    assert whole.events == parts.events or repr(whole.events) == repr(parts.events)


def test_rows_join_breaths_and_shares() -> None:
    analysis = made_session()
    rows = list(breath_rows(analysis.breaths, analysis.events))
    assert rows[-1]["state"] == "in_step"
    assert isinstance(rows[-1]["phase_angle_deg"], float)
    assert {"onset_s", "peak_s", "end_s", "peak_decided_s", "ti_s", "ttot_s"} <= set(rows[0])


def test_tables_are_written_as_json_and_csv(tmp_path: Path) -> None:
    analysis = made_session()
    paths = write_tables(analysis, analysis.summary, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["summary_version"] == 1
    assert summary["breathing"]["breath_rate_per_min"] == pytest.approx(15.0, abs=0.1)
    assert summary["sway"] is None
    with (tmp_path / "out" / "breaths.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(analysis.breaths) + (analysis.unfinished is not None)
    assert [path.name for path in paths] == ["summary.json", "breaths.csv", "breaths_refined.csv"]


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="--out"):
        write_tables(made_session(), {}, tmp_path / "file" / "x")


def test_a_folder_that_is_no_session_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingFormatError, match="session"):
        open_session(tmp_path)
