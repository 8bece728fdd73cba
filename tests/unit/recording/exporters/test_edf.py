"""Read back by an independent reader: same numbers within the format's resolution."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest

from biofeedback.recording.exporters.edf import write_edf
from biofeedback.recording.layout import ClockPair, SessionDescription
from tests.unit.report.made import made_session

DESCRIPTION = SessionDescription(
    (), person="wren-07", clock=(ClockPair("2026-11-22T13:40:00+00:00", 0),)
)


def test_signals_labels_and_annotations_come_back(tmp_path: Path) -> None:
    session = made_session(abdomen_gap_s=(60.0, 75.0))
    path = tmp_path / "out" / "s.edf"
    write_edf(session.table, session.events, DESCRIPTION, path)
    edf = edfio.read_edf(path)
    chest = edf.get_signal("Resp chest")
    assert chest.sampling_frequency == 50
    wanted = session.table.column("chest_excursion")[: len(chest.data)]
    resolution = np.ptp(wanted) / 65535
    np.testing.assert_allclose(chest.data, wanted, atol=1.01 * resolution)
    texts = [note.text for note in edf.annotations]
    assert texts.count("Inspiration onset") == len(session.breaths)
    gap = next(note for note in edf.annotations if note.text == "Resp abdomen unknown")
    assert gap.duration == pytest.approx(15.0, abs=1.5)
    assert edf.patient.code == "wren-07"
    assert edf.recording.startdate is not None
    assert edf.recording.startdate.isoformat() == "2026-11-22"
