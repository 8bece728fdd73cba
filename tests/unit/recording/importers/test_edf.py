from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.edf import open_edf
from tests.unit.recording.importers.test_edf_records import interrupted

CHEST = np.sin(np.arange(2000) / 16)
ABDOMEN = np.cos(np.arange(1000) / 8)


def written(path: Path) -> Path:
    signals = [
        edfio.EdfSignal(CHEST, 50, label="Thorax", physical_dimension="mV"),
        edfio.EdfSignal(ABDOMEN, 25, label="Abdomen"),
        edfio.EdfSignal(ABDOMEN, 25, label="Abdomen"),
    ]
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(1.0, None, "start")]).write(path)
    return path


def test_signals_have_their_own_rate_and_unit(tmp_path: Path) -> None:
    table = open_edf(written(tmp_path / "a.edf"))
    assert list(table.labels) == ["Thorax", "Abdomen", "Abdomen 3"]
    assert (table.labels["Thorax"].rate_hz, table.labels["Thorax"].unit) == (50.0, "mV")
    assert table.labels["Abdomen"].rate_hz == 25.0
    assert "occurs again" in table.notes[0]
    columns = table.load(["Thorax", "Abdomen"])
    np.testing.assert_allclose(columns["Thorax"].values, CHEST, atol=5e-5)
    np.testing.assert_allclose(columns["Abdomen"].values, ABDOMEN, atol=5e-5)


def test_bdf(tmp_path: Path) -> None:
    path = tmp_path / "a.BDF"
    edfio.Bdf([edfio.BdfSignal(CHEST, 50, label="RIP chest")]).write(path)
    values = open_edf(path).load(["RIP chest"])["RIP chest"].values
    np.testing.assert_allclose(values, CHEST, atol=1e-6)


def test_a_file_cut_short_is_read_up_to_there_and_said(tmp_path: Path) -> None:
    path = written(tmp_path / "a.edf")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    table = open_edf(path)
    assert 500 < len(table.load(["Thorax"])["Thorax"].values) < 1500
    assert any("truncated" in note for note in table.notes)


@pytest.mark.parametrize("data", [b"t,chest\n0,1\n", b"0" + b" " * 300])
def test_what_is_no_edf_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.edf"
    path.write_bytes(data)
    with pytest.raises(ImportedDataError, match="cannot be read as EDF or BDF"):
        open_edf(path)


def test_a_header_cut_short_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.edf")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ImportedDataError, match="cut short"):
        open_edf(path)


def test_annotations_alone_are_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.edf"
    edfio.Edf([], annotations=[edfio.EdfAnnotation(1.0, None, "start")]).write(path)
    with pytest.raises(ImportedDataError, match="no signal"):
        open_edf(path)


def test_interruptions_are_kept_in_the_times(tmp_path: Path) -> None:
    column = open_edf(interrupted(tmp_path / "a.edf")).load(["Thorax"])["Thorax"]
    assert column.time_s is not None
    assert len(column.time_s) == len(column.values) == 160
    np.testing.assert_allclose(np.unique(np.round(np.diff(column.time_s), 6)), [0.025, 2.525])


def test_interruptions_that_are_not_told_are_refused(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "a.edf", ["+0", "+9", "+2"])
    with pytest.raises(ImportedDataError, match=r"interruptions.*EDF\+C"):
        open_edf(path)
