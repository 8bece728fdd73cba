from __future__ import annotations

import pytest

from biofeedback.recording.importers.text_layout import (
    TextLayout,
    find_layout,
    is_moment,
    is_number,
)


def layout(text: str) -> TextLayout:
    found = find_layout(text)
    assert found is not None
    return found


def rows(form: str, count: int = 12) -> str:
    return "\n".join(form.format(n=n) for n in range(count)) + "\n"


@pytest.mark.parametrize("field", ["1", "-1.5", "+.5", "1,5", "1e-3", "NaN", "-inf"])
def test_numbers(field: str) -> None:
    assert is_number(field)
    assert not is_moment(field)


@pytest.mark.parametrize(
    "field",
    [
        "2025-05-14T10:30:27.027321",
        "2025-05-14 10:30:27",
        "14.05.2025 10:30",
        "5/14/2025",
        "10:30:27",
        "10:30",
        "1:05:09.250",
        "9:15 PM",
        "20250514T103027",
    ],
)
def test_moments(field: str) -> None:
    assert is_moment(field)
    assert not is_number(field)


@pytest.mark.parametrize("field", ["", "chest", "12 N", "a:b", "1.2.x"])
def test_neither(field: str) -> None:
    assert not is_number(field)
    assert not is_moment(field)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_delimiter(delimiter: str) -> None:
    found = layout(
        delimiter.join(("t", "chest", "abdomen"))
        + "\n"
        + rows(delimiter.join(("{n}.0", "1.5", "2")))
    )
    assert found.delimiter == delimiter
    assert found.names == ("t", "chest", "abdomen")
    assert (found.first_row, found.decimal) == (1, ".")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_comma(delimiter: str) -> None:
    found = layout(delimiter.join(("t", "chest")) + "\n" + rows(delimiter.join(("0,{n}", "1,25"))))
    assert (found.delimiter, found.decimal) == (delimiter, ",")


def test_quoted_decimal_commas() -> None:
    found = layout("t,chest\n" + rows('"0,{n}","1,25"'))
    assert (found.delimiter, found.decimal, len(found.names)) == (",", ",", 2)


def test_numbers_with_points_are_not_decimal_commas() -> None:
    assert layout("t;chest\n" + rows("{n};1.5")).decimal == "."


def test_without_header_columns_are_numbered() -> None:
    assert layout(rows("{n},1.5")).names == ("column_1", "column_2")
    assert layout(rows("{n},1.5")).first_row == 0


def test_a_header_with_numbers_in_it_is_still_one() -> None:
    assert layout("time,0,1\n" + rows("{n},1.5,2.5")).names == ("time", "0", "1")


def test_comments_and_preamble_are_skipped() -> None:
    text = "# made by a logger\nSubject: 17\nDate;2025-01-02\n\ntime;chest;abdomen\n"
    found = layout(text + rows("{n};1.5;2.5"))
    assert found.names == ("time", "chest", "abdomen")
    assert found.first_row == 5


def test_header_rows_are_joined_and_the_last_gives_the_unit() -> None:
    text = "belt\tbelt\tbelt\nGyro X\tGyro X\tAcc Y\nCAL\tRAW\tCAL\ndeg/s\tno units\tg\n"
    found = layout(text + rows("{n}.5\t2\t1.0"))
    assert found.names[0] == "belt Gyro X CAL deg/s"
    assert found.units == ("deg/s", "no units", "g")


def test_units_in_brackets() -> None:
    found = layout("time[us],acc_x (mg),chest\n" + rows("{n},1,2"))
    assert found.units == ("us", "mg", "")


def test_names_are_unique_and_never_empty() -> None:
    found = layout("a,a,,b\n" + rows("{n},1,2,3"))
    assert found.names == ("a", "a.2", "column_3", "b")


def test_a_trailing_delimiter_makes_no_trouble() -> None:
    found = layout("# x\n" + rows("{n}\t2050\t"))
    assert found.names[:2] == ("column_1", "column_2")


def test_moments_are_found() -> None:
    found = layout("when,chest\n" + rows("2025-05-14T10:30:{n:02d},1.5"))
    assert found.moments == {0}


@pytest.mark.parametrize(
    ("line", "rate_hz"),
    [
        ('# {"sampling rate": 1000, "mode": 0}', 1000.0),
        ("# Sampling frequency: 128 Hz", 128.0),
        ("% fs = 25.6", 25.6),
        ("# sampling_rate=2 kHz", 2000.0),
        ("# 12 bit", None),
    ],
)
def test_a_rate_in_the_lines_before_the_table(line: str, rate_hz: float | None) -> None:
    assert layout(f"{line}\nchest\n" + rows("{n}.5")).rate_hz == rate_hz


def test_names_in_an_opensignals_header() -> None:
    text = '# OpenSignals Text File Format\n# {"x": {"column": ["nSeq", "A1"]}}\n# EndOfHeader\n'
    assert layout(text + rows("{n}\t512\t")).names[:2] == ("nSeq", "A1")


def test_interleaved_labels_are_a_table_in_long_form() -> None:
    text = "".join(f"{n},ribcage,1.5\n{n},abdomen,2.5\n" for n in range(30))
    assert layout(text).label == 1


def test_a_remark_that_stays_is_no_label() -> None:
    text = "t,chest,doing,abdomen\n" + rows("{n},1,sitting,2", 60) + rows("{n},1,walking,2", 60)
    assert layout(text).label is None


@pytest.mark.parametrize("text", ["", "# only remarks\n", "words and\nmore words\n"])
def test_no_numbers_no_table(text: str) -> None:
    assert find_layout(text) is None


def test_missing_values_do_not_hide_the_table() -> None:
    found = layout("t,chest\n0,\n1,nan\n" + rows("{n},1.5"))
    assert found.first_row == 1


def test_thousands_of_columns() -> None:
    names = ",".join(f"c{n}" for n in range(3000))
    found = layout(names + "\n" + (",".join(["1.5"] * 3000) + "\n") * 5)
    assert len(found.names) == 3000
