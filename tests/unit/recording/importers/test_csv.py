from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers import csv
from biofeedback.recording.importers.csv import TIME_UNIT, open_csv
from biofeedback.recording.importers.table import RawTable


def read(path: Path, *names: str) -> list[list[float]]:
    table = open_csv(path)
    columns = table.load(names)
    return [columns[name].values.tolist() for name in names]


def written(folder: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


TABLE = "t,chest,note\n" + "".join(f"{n},{n}.5,ok\n" for n in range(20))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.txt"])
def test_columns_are_read_by_name(tmp_path: Path, name: str) -> None:
    t, chest = read(written(tmp_path, TABLE, name), "t", "chest")
    assert t == list(range(20))
    assert chest == [n + 0.5 for n in range(20)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "t,Brustkorb ü\n" + "".join(f"{n},{n}\n" for n in range(5))
    (values,) = read(written(tmp_path, text, encoding=encoding), "Brustkorb ü")
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=3, max_size=50))
def test_numbers_come_back_as_they_were_written(values: list[float]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        lines = [f"{n}\t{value!r}" for n, value in enumerate(values)]
        path = written(Path(folder), "t\tx\n" + "\n".join(lines) + "\n")
        (back,) = read(path, "x")
    np.testing.assert_array_equal(back, values)


def test_decimal_commas_are_said(tmp_path: Path) -> None:
    text = "t;chest\n" + "".join(f"0,{n};1,25\n" for n in range(9))
    table = open_csv(written(tmp_path, text))
    assert table.load(["chest"])["chest"].values.tolist() == [1.25] * 9
    assert "decimal comma" in table.notes[0]


def test_words_among_numbers_are_missing_values(tmp_path: Path) -> None:
    text = "t,chest\n" + "".join(f"{n},{'error' if n == 3 else n}\n" for n in range(30))
    (chest,) = read(written(tmp_path, text), "chest")
    assert np.flatnonzero(np.isnan(chest)).tolist() == [3]


def test_dates_and_clocks_are_seconds(tmp_path: Path) -> None:
    text = "when,clock,x\n" + "".join(
        f"2025-05-14T10:30:{n:02d},{'23:59' if n < 5 else '00:00'}:{(55 + n) % 60:02d},1\n"
        for n in range(10)
    )
    table = open_csv(written(tmp_path, text))
    assert table.labels["when"].unit == TIME_UNIT
    when, clock = read(table.path, "when", "clock")
    assert np.diff(when).tolist() == [1.0] * 9
    assert np.diff(clock).tolist() == [1.0] * 9


def long_form(rows: int = 40) -> str:
    return "\n" + "".join(
        f"{1000 + n},ribcage,{n},{n / 10}\n{1000 + n},abdomen,{-n},{n / 10}\n{1000 + n},rr,5,\n"
        for n in range(rows)
    )


def test_a_table_in_long_form_has_a_column_per_label(tmp_path: Path) -> None:
    table = open_csv(written(tmp_path, long_form()))
    assert {"ribcage", "abdomen", "rr", "ribcage.column_1", "ribcage.column_4"} <= set(table.labels)
    assert "rr.column_4" not in table.labels
    ribcage, abdomen, times = read(table.path, "ribcage", "abdomen", "abdomen.column_4")
    assert ribcage == [float(n) for n in range(40)]
    assert abdomen == [float(-n) for n in range(40)]
    assert times == [n / 10 for n in range(40)]


def test_blocks_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "BLOCK_FIELDS", 1)
    monkeypatch.setattr(csv, "LEAST_BLOCK_ROWS", 7)
    (chest,) = read(written(tmp_path, TABLE), "chest")
    assert chest == [n + 0.5 for n in range(20)]
    (ribcage,) = read(written(tmp_path, long_form(), "b.csv"), "ribcage")
    assert len(ribcage) == 40


def test_a_compressed_file_cut_short_is_read_up_to_there_and_said(tmp_path: Path) -> None:
    numbers = random.Random(5)
    text = "t,chest\n" + "".join(f"{n},{numbers.random()}\n" for n in range(50_000))
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(text.encode())[:-200_000])
    table = open_csv(path)
    columns = table.load(["t"])
    rows = len(columns["t"].values)
    assert 1000 < rows < 50_000
    assert any("cut short" in note and f"{rows} rows" in note for note in table.notes)


def test_thousands_of_columns_cost_what_is_asked_for(tmp_path: Path) -> None:
    names = ",".join(f"c{n}" for n in range(3000))
    row = ",".join(str(n) for n in range(3000))
    (values,) = read(written(tmp_path, f"{names}\n" + f"{row}\n" * 50), "c2999")
    assert values == [2999.0] * 50


def test_a_rate_in_the_header_is_said(tmp_path: Path) -> None:
    text = "# sampling rate: 50 Hz\nchest\n" + "".join(f"{n}.5\n" for n in range(9))
    table = open_csv(written(tmp_path, text))
    assert table.labels["chest"].rate_hz == 50.0
    assert "50 Hz" in table.notes[0]


def opened(folder: Path, data: bytes, name: str = "a.csv") -> RawTable:
    path = folder / name
    path.write_bytes(data)
    return open_csv(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"   \n\n", "nothing but blanks"),
        (b"chest,abdomen\n", "no row of numbers"),
        (b"MZ\0\0\1\2", "not text"),
        (b"a sentence,\nand another.\n", "no row of numbers"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ImportedDataError, match=message):
        opened(tmp_path, data)


def test_damaged_compression_with_nothing_before_it(tmp_path: Path) -> None:
    with pytest.raises(ImportedDataError, match="cut short or damaged"):
        opened(tmp_path, gzip.compress(TABLE.encode())[:12], "a.csv.gz")


def test_an_open_quote_is_refused_with_the_place(tmp_path: Path) -> None:
    text = TABLE + '"' + "1,2,3\n" * 10
    table = opened(tmp_path, text.encode())
    with pytest.raises(ImportedDataError, match="cannot be read as a table after 0 rows"):
        table.load(["chest"])
