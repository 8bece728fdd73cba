from __future__ import annotations

import pytest

from biofeedback.drivers.protocols.text_grammar import DataLine
from biofeedback.drivers.protocols.text_survey import Survey

MS = 1_000_000


def columns(n: int) -> DataLine:
    return DataLine("columns", ({str(place): 0.0 for place in range(1, n + 1)},))


def fed(n_lines: int, step_ns: int = 20 * MS, together: int = 1) -> Survey:
    survey = Survey(0)
    for number in range(n_lines):
        assert survey.data(columns(2), b"1,2", number // together * together * step_ns) == ""
    return survey


def test_five_lines_alike_are_taken_for_what_is_printed() -> None:
    survey = fed(4)
    assert survey.shape is None
    survey.data(columns(3), b"1,2,3", 0)
    assert survey.fields == ("1", "2", "3")
    for _ in range(4):
        survey.data(columns(3), b"1,2,3", 0)
    assert survey.shape == ("columns", 3)


def test_another_shape_is_refused_from_then_on() -> None:
    survey = fed(5)
    assert survey.data(columns(3), b"1,2,3", 0) == "wrong number of fields"
    assert survey.data(DataLine("json", ({"a": 1.0},)), b"{}", 0) == "another grammar"
    assert survey.data(columns(2), b"1,2", 0) == ""


def test_declared_columns_are_counted_from_the_start() -> None:
    assert Survey(3).data(columns(2), b"1,2", 0) == "wrong number of fields"


@pytest.mark.parametrize("together", [1, 5, 10])
def test_the_rate_does_not_depend_on_how_lines_come_together(together: int) -> None:
    survey = fed(111, together=together)
    assert survey.is_measured
    assert survey.rate_hz("1") == 50.0


def test_no_rate_before_two_seconds_nor_of_rare_fields() -> None:
    survey = fed(100)
    assert not survey.is_measured
    survey.data(DataLine("columns", ({"1": 0.0, "rare": 1.0},)), b"", 3000 * MS)
    assert survey.is_measured
    assert survey.rate_hz("rare") is None


def test_a_survey_that_is_over_looks_at_shapes_only() -> None:
    survey = fed(5)
    survey.is_over = True
    assert survey.data(columns(3), b"1,2,3", 0) == "wrong number of fields"
    assert survey.data(DataLine("columns", ({"3": 0.0, "4": 0.0},)), b"", 0) == ""
    assert survey.fields == ("1", "2")


def test_fields_are_bounded() -> None:
    survey = Survey(0)
    for number in range(1000):
        survey.data(DataLine("json", ({f"a{number}": 1.0},)), b"", number * MS)
    assert len(survey.fields) == 64


@pytest.mark.parametrize(
    ("baud", "words"), [(9600, ["baud", "tried 9600", "115200"]), (0, ["\\n"])]
)
def test_bytes_without_lines(baud: int, words: list[str]) -> None:
    survey = Survey(0)
    survey.n_bytes = 100
    survey.unreadable()
    for word in words:
        assert word in survey.what_is_wrong((), baud)


def test_silence() -> None:
    assert "nothing came" in Survey(0).what_is_wrong((), 115200)


def test_text_without_numbers() -> None:
    survey = Survey(0)
    survey.n_bytes = 10
    survey.no_data(b"sensor not found")
    assert "'sensor not found'" in survey.what_is_wrong((), 115200)


def test_too_few_lines_and_lines_that_differ() -> None:
    survey = fed(3)
    survey.n_bytes = 10
    assert "only 3 lines" in survey.what_is_wrong((), 115200)
    survey.data(columns(3), b"1,2,3", 0)
    assert "'1,2,3'" in survey.what_is_wrong((), 115200)


def test_missing_fields_are_named_with_those_there_are() -> None:
    survey = fed(5)
    survey.n_bytes = 10
    words = survey.what_is_wrong(("chest",), 115200)
    assert "chest" in words
    assert "1, 2" in words
    assert survey.what_is_wrong((), 115200) == ""
