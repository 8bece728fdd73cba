from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest

from biofeedback.recording.importers.edf_records import record_times

BEGINS = ["+0", "+1", "+4.5", "+5.5"]


def interrupted(path: Path, begins: list[str] = BEGINS, *, bdf: bool = False) -> Path:
    """Four records of one second, with other beginnings than a continuous file has."""
    make, signal = (edfio.Bdf, edfio.BdfSignal) if bdf else (edfio.Edf, edfio.EdfSignal)
    breath = np.sin(np.arange(40 * 4) / 16)
    make(
        [signal(breath, 40, label="Thorax"), signal(breath[::4], 10, label="Abdomen")],
        annotations=[edfio.EdfAnnotation(0.5, None, "start")],
        data_record_duration=1,
    ).write(path)
    data = path.read_bytes()
    for number, begin in enumerate(begins):
        old, new = f"+{number}\x14\x14\x00".encode(), f"{begin}\x14\x14\x00".encode()
        at = data.index(old)
        # What follows the beginning is filled up with zeros.
        end = at + len(max(old, new, key=len))
        data = data[:at] + new.ljust(end - at, b"\x00") + data[end:]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("bdf", [False, True])
def test_every_record_tells_when_it_begins(tmp_path: Path, bdf: bool) -> None:
    times = record_times(interrupted(tmp_path / "a", bdf=bdf))
    assert times.start_s.tolist() == [0.0, 1.0, 4.5, 5.5]
    assert times.duration_s == 1.0


def test_samples_are_spread_over_their_record(tmp_path: Path) -> None:
    time_s = record_times(interrupted(tmp_path / "a")).sample_s(40)
    assert len(time_s) == 40
    np.testing.assert_allclose(time_s[[0, 1, 19, 20, 39]], [0.0, 0.1, 1.9, 4.5, 6.4])


def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "a")
    path.write_bytes(path.read_bytes()[:-30])
    assert record_times(path).start_s.tolist() == [0.0, 1.0, 4.5]


def test_a_record_that_does_not_tell_is_named(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "a", ["+0", "+1", "what"])
    with pytest.raises(ValueError, match="record 3 of 4"):
        record_times(path)


def test_records_out_of_order_are_refused(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "a", ["+0", "+9", "+2"])
    with pytest.raises(ValueError, match="order"):
        record_times(path)


def test_without_annotations_nothing_tells(tmp_path: Path) -> None:
    path = tmp_path / "a"
    edfio.Edf([edfio.EdfSignal(np.sin(np.arange(100)), 50)]).write(path)
    data = path.read_bytes().replace(b"EDF Annotations", b"EDF annotations")
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no annotations"):
        record_times(path)
