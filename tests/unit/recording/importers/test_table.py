from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.table import Label, RawTable, nearest, open_table


def table(*names: str) -> RawTable:
    return RawTable(Path("a.csv"), {name: Label() for name in names}, lambda _: {})


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Force", "Force"),
        ("force", "Force"),
        ("Time", "Time [s]"),
        ("time [s]", "Time [s]"),
        ("gyroscope x CAL", "belt Gyroscope X CAL deg/s"),
    ],
)
def test_a_column_is_found_by_what_people_call_it(asked: str, found: str) -> None:
    names = ("Force", "Time [s]", "belt Gyroscope X CAL deg/s", "belt Gyroscope X RAW", "Forces")
    assert table(*names).resolve(asked) == found


def test_a_name_with_two_meanings_is_refused_with_both() -> None:
    with pytest.raises(ImportedDataError, match=r"'acc_x\[mg\]', 'acc_x\[LSB\]'"):
        table("acc_x[mg]", "acc_x[LSB]").resolve("acc_x")


def test_a_part_of_a_word_is_no_match() -> None:
    with pytest.raises(ImportedDataError, match="no column 'thor'; it has thoracic, ecg"):
        table("ecg", "thoracic").resolve("thor")


def test_nearest_names_come_first_and_the_list_ends() -> None:
    names = [f"channel {number}" for number in range(3000)]
    words = nearest("Thoracik", [*names, "thoracic"])
    assert words.startswith("it has thoracic")
    assert words.endswith(f"and {3001 - 20} more")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), r"empty \(0 bytes\)"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "a.csv"
    make(path)  # type: ignore[operator]
    with pytest.raises(ImportedDataError, match=message):
        open_table(path)


def test_the_ending_decides_and_other_text_is_a_text_table(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", chest=np.arange(5.0))
    (tmp_path / "a.dat").write_text("t,chest\n0,1\n1,2\n")
    assert list(open_table(tmp_path / "a.npz").labels) == ["chest"]
    assert list(open_table(tmp_path / "a.dat").labels) == ["t", "chest"]


def test_binary_under_an_unknown_ending_says_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0\0\0\0\1")
    with pytest.raises(ImportedDataError, match=r"not text; known are csv, .*npz, edf, bdf"):
        open_table(tmp_path / "a.mat")
