from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.board import parse_board
from biofeedback.drivers.protocols.text_streams import (
    TextStream,
    declared_streams,
    undeclared_streams,
)

HEAD = 'name = "a board"\ntransport = "serial"\naddress = "COM3"\n'
MS = 1_000_000


def belt(more: str = "", settings: str = "", rate_hz: float = 50.0) -> TextStream:
    text = f'{HEAD}{settings}[[belt]]\nstream = "chest"\nfrom = "c"\n{more}'
    (stream,) = declared_streams(parse_board(text), {}, rate_hz)
    return stream


def imu(more: str = "", acc: str = 'unit = "g"') -> TextStream:
    text = f'{HEAD}[[imu]]\nstream = "imu"\nacc = {{ from = ["x", "y", "z"], {acc} }}\n{more}'
    (stream,) = declared_streams(parse_board(text), {}, 50.0)
    return stream


@pytest.mark.parametrize(
    ("more", "name", "unit", "value"),
    [
        ('unit = "N"', "force", "N", 8.0),
        ('unit = "mN"\nscale = 500', "force", "N", 4.0),
        ('unit = "cm"\noffset = 0.5', "excursion", "mm", 85.0),
        ('unit = "mV"\nscale = 2\noffset = 4', "excursion", "V", 0.02),
        ('unit = "count"', "excursion", "count", 8.0),
        ('unit = "a.u."\nscale = -1', "excursion", "a.u.", -8.0),
    ],
)
def test_a_belt_in_our_unit(more: str, name: str, unit: str, value: float) -> None:
    stream = belt(more)
    (channel,) = stream.source.info.channels
    assert (channel.name, channel.unit) == (name, unit)
    assert (stream.source.kind, stream.source.clocking) == ("belt", "count")
    assert stream.add({"c": 8.0, "other": 1.0}, gather=False, now_ns=0) == ""
    (samples,) = stream.take()
    np.testing.assert_allclose(samples.values, [[value]], rtol=1e-12)
    assert stream.take() == []


def test_a_motion_sensor_in_our_units() -> None:
    more = (
        'gyro = { from = ["p", "q", "r"], unit = "rad/s", offset = [0.0, 1.0, 0.0] }\n'
        'quat = { from = ["a", "b", "c", "d"], scale = 0.5 }'
    )
    stream = imu(more, 'unit = "mg", scale = 2')
    assert [(c.name, c.unit) for c in stream.source.info.channels] == [
        *((f"acc_{axis}_mps2", "m/s2") for axis in "xyz"),
        *((f"gyro_{axis}_dps", "deg/s") for axis in "xyz"),
        *((f"quat_{axis}", "ratio") for axis in "wxyz"),
    ]
    row = dict(zip("xyzpqrabcd", (500.0, 0.0, -500.0, np.pi, 0.0, 0.0, 2.0, 0, 0, 0), strict=True))
    assert stream.add(row, gather=False, now_ns=0) == ""
    (samples,) = stream.take()
    wanted = [9.80665, 0, -9.80665, 180.0, 57.29577951, 0, 1.0, 0, 0, 0]
    np.testing.assert_allclose(samples.values, [wanted], rtol=1e-9)


def test_lines_of_others_are_none_of_ours_and_half_a_line_is_refused() -> None:
    stream = imu()
    assert stream.add({"battery": 3.9}, gather=False, now_ns=0) == ""
    assert stream.add({"x": 1.0, "y": 2.0}, gather=False, now_ns=0) == "fields missing"
    assert stream.take() == []


def test_fields_that_come_one_by_one_are_gathered() -> None:
    stream = imu()
    told = [stream.add({name: 1.0}, gather=True, now_ns=0) for name in "xyzxyxyz"]
    assert told == ["", "", "", "", "", "fields missing", "", ""]
    assert len(stream.take()[0].values) == 2


def test_a_missing_value_stays_missing() -> None:
    stream = belt('unit = "N"')
    stream.add({"c": np.nan}, gather=False, now_ns=0)
    assert np.isnan(stream.take()[0].values).all()


def test_time_column() -> None:
    stream = belt('unit = "N"', '[time]\nfrom = "t"\nunit = "ms"\n')
    assert stream.source.clocking == "device"
    assert stream.add({"c": 1.0, "t": 12.5}, gather=False, now_ns=0) == ""
    assert stream.add({"c": 1.0}, gather=False, now_ns=0) == "no time"
    assert stream.add({"c": 1.0, "t": np.nan}, gather=False, now_ns=0) == "no time"
    assert stream.add({"c": 1.0, "t": -1.0}, gather=False, now_ns=0) == "time out of range"
    (samples,) = stream.take()
    assert samples.device_time_ns is not None
    assert samples.device_time_ns.tolist() == [12_500_000]


def test_a_counter_that_turns_and_leaves_a_hole() -> None:
    stream = belt('unit = "N"', '[counter]\nfrom = "n"\nmodulus = 256\n')
    assert stream.source.clocking == "counter"
    for number, now in ((254, 0), (255, 20), (0, 40), (3, 100), (4, 120)):
        assert stream.add({"c": number, "n": number}, gather=False, now_ns=now * MS) == ""
    runs = stream.take()
    assert [(run.counter, len(run.values)) for run in runs] == [(0, 3), (5, 2)]
    assert stream.add({"c": 1.0}, gather=False, now_ns=0) == "no counter"
    for value in (256.0, 1.5, -1.0):
        row = {"c": 1.0, "n": value}
        assert stream.add(row, gather=False, now_ns=0) == "counter out of range"


def test_a_restarted_counter_goes_on() -> None:
    stream = belt('unit = "N"', '[counter]\nfrom = "n"\n')
    stream.add({"c": 1.0, "n": 5000}, gather=False, now_ns=0)
    stream.add({"c": 1.0, "n": 0}, gather=False, now_ns=20 * MS)
    (run,) = stream.take()
    assert (run.counter, len(run.values)) == (0, 2)


def test_undeclared_fields_are_belts_in_arbitrary_units() -> None:
    rates = {"1": 50.0, "2": None, "Temp °C": 1.0, "Temp-C": 1.0, "\ud800": 1.0}
    streams = undeclared_streams(rates, {"chest": "1"}, rates.__getitem__)
    infos = [stream.source.info for stream in streams]
    assert [info.stream_id for info in infos] == ["chest", "Temp_C", "Temp-C", "_"]
    assert [info.sample_rate_hz for info in infos] == [50.0, 1.0, 1.0, 1.0]
    assert {info.channels[0].unit for info in infos} == {"a.u."}


def test_no_more_than_sixteen_undeclared_streams() -> None:
    streams = undeclared_streams(map(str, range(100)), {}, lambda _: 50.0)
    assert [stream.source.info.stream_id for stream in streams][::15] == ["value_0", "value_15"]
