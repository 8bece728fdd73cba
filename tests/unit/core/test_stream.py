from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import Channel, Chunk, StreamInfo

INFO = StreamInfo("table", (Channel("force", "N"), Channel("ok", "flag")), 50.0)


def chunk(n_samples: int = 4) -> Chunk:
    t_s = np.arange(n_samples) / 50.0
    return Chunk(INFO, t_s, t_s + 0.1, np.arange(2.0 * n_samples).reshape(-1, 2), 3, 10)


def test_names_must_be_unique() -> None:
    with pytest.raises(StreamError, match=r"\['force'\] twice"):
        StreamInfo("table", (Channel("force", "N"), Channel("force", "mm")), 50.0)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan")])
def test_rate_must_be_positive(rate_hz: float) -> None:
    with pytest.raises(StreamError, match="must be above 0"):
        StreamInfo("table", (), rate_hz)


def test_columns_are_found_by_name_and_unit() -> None:
    assert INFO.names == ("force", "ok")
    assert INFO.index("ok") == INFO.index("ok", "flag") == INFO.index("ok", "N", "flag") == 1
    assert INFO.has("force")
    assert not INFO.has("lean")


def test_a_missing_column_names_those_there_are() -> None:
    with pytest.raises(StreamError, match=r"'lean' is not in 'table', which has \['force', 'ok'\]"):
        INFO.index("lean")


def test_another_unit_is_refused() -> None:
    with pytest.raises(StreamError, match="is in 'N', needed in 'mm' or 'V'; convert it"):
        INFO.index("force", "mm", "V")


def test_chunk_is_read_only() -> None:
    rows = chunk()
    for array in (rows.t_s, rows.arrival_s, rows.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize("shape", [(4, 1), (3, 2), (4,)])
def test_shapes_must_agree(shape: tuple[int, ...]) -> None:
    t_s = np.arange(4.0)
    with pytest.raises(StreamError, match="needed"):
        Chunk(INFO, t_s, t_s, np.zeros(shape))


def test_each_row_has_an_arrival() -> None:
    with pytest.raises(StreamError, match="arrival"):
        Chunk(INFO, np.zeros(4), np.zeros(3), np.zeros((4, 2)))


def test_part_of_a_chunk_keeps_its_place() -> None:
    part = chunk().rows(1, 3)
    assert (len(part), part.segment, part.first_index) == (2, 3, 11)
    assert part.column("force").tolist() == [2.0, 4.0]
    assert part.arrival_s == pytest.approx([0.12, 0.14])
    assert len(chunk().rows(2, 2)) == 0


def test_a_table_that_grows_keeps_its_place() -> None:
    rows = chunk()
    grown = StreamInfo("table", (*INFO.channels, Channel("new", "s")), 50.0)
    more = rows.with_columns(grown, np.ones((4, 1)))
    assert more.column("new").tolist() == [1.0] * 4
    assert more.column("force").tolist() == rows.column("force").tolist()
    assert (more.segment, more.first_index) == (3, 10)
    with pytest.raises(StreamError, match="needed"):
        rows.with_columns(grown)
