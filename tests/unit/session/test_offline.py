"""A recording through the same kernel as live."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.entry import Command, LinkChange, Packet
from biofeedback.core.errors import RecordingError, RecordingFormatError
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import (
    analyze_entries,
    breath_rows,
    open_session,
    tap_check,
    write_tables,
)
from biofeedback.session.sessions import recording
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


def test_a_lag_is_looked_for_in_a_recording(tmp_path: Path) -> None:
    """Two belts of a recording that share a clock; the abdomen's coughs were dated 0.1 s late."""
    folder = write_coughs(tmp_path / "s", late_s=0.1)
    (answer,) = tap_check(folder, 20.0)
    assert (answer.reference, answer.role) == ("chest_belt", "abdomen_belt")
    assert answer.decided_s == pytest.approx(30.0, abs=0.1)
    assert answer.lag_s == pytest.approx(0.1, abs=0.02)
    (quiet,) = tap_check(folder, 5.0)
    assert "felt no jolt" in quiet.reason
    assert tap_check(folder, 55.0) == [], "ten seconds are not there"


def write_coughs(folder: Path, late_s: float) -> Path:
    """Write a minute of two belts at 25 Hz with coughs at 21, 24 and 27 s."""
    t_s = np.arange(0, 60, 1 / 25)

    def felt(at_s: FloatArray) -> FloatArray:
        values = np.sin(2 * np.pi * 0.25 * at_s)
        for start_s in (21.0, 24.0, 27.0):
            part = np.clip((at_s - start_s) / 1.6, 0.0, 1.0)
            wave = np.sin(2 * np.pi * 1.25 * (at_s - start_s)) ** 4
            values -= 3.0 * np.sin(np.pi * part) ** 2 * wave
        return values

    columns = {"chest": felt(t_s), "abdomen": felt(t_s - late_s)}
    description = SessionDescription((DeviceDescription(DEVICE, "imported"),), source="made")
    with recording(folder, description) as writer:
        writer.write_entry(LinkChange(0, DEVICE, "open"))
        for site in columns:
            arguments = {"stream": f"{DEVICE}/{site}", "role": f"{site}_belt"}
            writer.write_entry(Command(0, "assign", arguments))
        for begin in range(0, len(t_s), 25):
            rows = slice(begin, begin + 25)
            time_ns = np.rint(t_s[rows] * 1e9).astype(np.int64)
            blocks = [
                ImportedBlock(
                    StreamInfo(site, (Channel("excursion", "a.u."),), 25.0),
                    "belt",
                    time_ns,
                    values[rows][:, None],
                )
                for site, values in columns.items()
            ]
            writer.write_entry(Packet(int(time_ns[-1]), DEVICE, "rx", "imported", encode(blocks)))
    return folder


def test_the_summary_tells_of_every_device() -> None:
    (device,) = made_session().summary["devices"]  # type: ignore[misc]
    assert device["device"] == DEVICE
    assert device["battery_pct"] is None
    assert device["rssi_dbm"] is None
    assert device["garbage"] == 0
