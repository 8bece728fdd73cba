from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.signal.breath_inputs import IMU_SIGNALS, Inputs
from tests.unit.signal.lungs import table

T_S = np.arange(4) / 50.0
ROW = np.arange(4.0)


def test_what_is_missing_is_left_out() -> None:
    chunk = table(T_S, abdomen_excursion=ROW)
    assert Inputs(chunk.info).names == ("abdomen",)


def test_no_signal_at_all() -> None:
    with pytest.raises(StreamError, match="chest_excursion"):
        Inputs(table(T_S, pelvis_motion_mps2=ROW).info)


def test_a_flag_in_another_unit() -> None:
    info = StreamInfo("table", (Channel("chest_excursion", "N"), Channel("chest_ok", "N")), 50.0)
    with pytest.raises(StreamError, match="chest_ok"):
        Inputs(info)


def test_rows_that_are_not_trusted() -> None:
    values = ROW.copy()
    values[3] = np.inf
    chunk = table(T_S, chest_excursion=values, chest_ok=np.array([1.0, 0.0, np.nan, 1.0]))
    read, moving, reason = Inputs(chunk.info).read(chunk)
    assert read[0, 0] == 0.0
    assert np.isnan(read[1:, 0]).all()
    assert not moving.any()
    assert not reason.any()


def test_motion_of_any_segment_and_reasons_of_every_belt() -> None:
    chunk = table(
        T_S,
        chest_excursion=ROW,
        chest_reason=np.array([0.0, 1.0, np.nan, 4.0]),
        abdomen_excursion=ROW,
        abdomen_reason=np.array([2.0, 1.0, 8.0, 0.0]),
        pelvis_motion_mps2=np.array([0.0, 0.5, np.nan, 0.0]),
        back_motion_mps2=np.array([0.0, 0.0, 0.0, 0.4]),
    )
    _, moving, reason = Inputs(chunk.info).read(chunk)
    assert moving.tolist() == [False, True, False, True]
    assert reason.tolist() == [2, 1, 8, 4]


def test_a_motion_sensor_has_flags_of_its_own_for_breathing() -> None:
    columns = {
        ("sternum_breath_deg", "deg"): ROW,
        ("sternum_ok", "flag"): np.ones(4),
        ("sternum_breath_ok", "flag"): np.array([0.0, 1.0, 1.0, 1.0]),
        ("sternum_breath_reason", "reason"): np.array([512.0, 0.0, 0.0, 0.0]),
    }
    info = StreamInfo("table", tuple(Channel(*name) for name in columns), 50.0)
    chunk = Chunk(info, T_S, T_S, np.column_stack(list(columns.values())))
    inputs = Inputs(chunk.info, IMU_SIGNALS)
    assert inputs.names == ("sternum",)
    values, _, reason = inputs.read(chunk)
    assert np.isnan(values[0, 0])
    assert values[1:, 0].tolist() == [1.0, 2.0, 3.0]
    assert reason.tolist() == [512, 0, 0, 0]


def test_a_signal_of_any_name() -> None:
    chunk = table(T_S, sternum_excursion=ROW, sternum_ok=np.ones(4))
    assert Inputs(chunk.info, ("sternum_excursion",)).names == ("sternum",)
