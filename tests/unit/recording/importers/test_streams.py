from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.mapping import ImportRequest, SiteMap, parse_request
from biofeedback.recording.importers.streams import ImportedStream, build_stream
from biofeedback.recording.importers.table import Label, RawColumn, RawTable

N = 500
TIME_S = np.arange(N) / 50.0
BREATH = np.sin(TIME_S)
DOWN = np.column_stack([np.zeros(N), np.full(N, 0.6), np.full(N, 0.8)])


def build(
    columns: dict[str, FloatArray],
    items: list[SiteMap] | None = None,
    *,
    labels: dict[str, Label] | None = None,
    request: ImportRequest | None = None,
    time_column: str | None = "t",
) -> tuple[ImportedStream, list[str]]:
    given = {"t": TIME_S, **columns}
    table = RawTable(
        Path("a.csv"), {name: (labels or {}).get(name, Label()) for name in given}, lambda _: {}
    )
    notes: list[str] = []
    stream = build_stream(
        table,
        {name: RawColumn(np.array(values, dtype=np.float64)) for name, values in given.items()},
        items or [SiteMap("chest", "belt", ("c",))],
        time_column,
        request or ImportRequest(),
        notes,
    )
    return stream, notes


def axes(name: str, table: FloatArray) -> dict[str, FloatArray]:
    return {f"{name}{axis}": table[:, number] for number, axis in enumerate("xyz")}


ACC = SiteMap("pelvis", "acc", ("ax", "ay", "az"))
GYRO = SiteMap("pelvis", "gyro", ("gx", "gy", "gz"))


def test_a_belt() -> None:
    stream, notes = build({"c": BREATH})
    assert (stream.info.stream_id, stream.info.names) == ("chest", ("excursion",))
    assert stream.info.channels[0].unit == "a.u."
    assert stream.info.sample_rate_hz == pytest.approx(50.0)
    assert stream.values.shape == (N, 1)
    assert notes == []


@pytest.mark.parametrize(
    ("told", "said", "unit", "factor"),
    [
        ("mV", "", "V", 1e-3),
        ("N", "", "N", 1.0),
        ("LSB", "", "count", 1.0),
        ("Newton", "", "N", 1.0),
        ("L", "", "a.u.", 1.0),
        ("N", "mm", "mm", 1.0),
        ("", "cm", "mm", 10.0),
    ],
)
def test_the_unit_of_a_belt(told: str, said: str, unit: str, factor: float) -> None:
    request = parse_request(units=[f"chest={said}"] if said else [])
    stream, _ = build({"c": BREATH}, labels={"c": Label(told)}, request=request)
    assert stream.info.channels[0].unit == unit
    np.testing.assert_allclose(stream.values[:, 0], BREATH * factor)


def test_a_unit_no_belt_has_is_refused() -> None:
    with pytest.raises(ImportedDataError, match=r"chest\.belt=kg: a belt is in one of N, mm"):
        build({"c": BREATH}, request=parse_request(units=["chest=kg"]))


def test_quantities_of_one_sensor_stand_side_by_side() -> None:
    columns = axes("a", DOWN) | axes("g", np.ones((N, 3)))
    stream, _ = build(columns, [ACC, GYRO])
    assert stream.info.stream_id == "pelvis_imu"
    assert stream.info.names == (
        *("acc_x_mps2", "acc_y_mps2", "acc_z_mps2"),
        *("gyro_x_dps", "gyro_y_dps", "gyro_z_dps"),
    )
    assert [channel.unit for channel in stream.info.channels] == ["m/s2"] * 3 + ["deg/s"] * 3


@pytest.mark.parametrize(("size", "unit"), [(1.0, "g"), (1000.0, "mg"), (9.80665, "m/s2")])
def test_gravity_tells_the_unit_of_acceleration(size: float, unit: str) -> None:
    stream, notes = build(axes("a", DOWN * size), [ACC])
    np.testing.assert_allclose(stream.values, DOWN * 9.80665)
    assert any(f"taken to be in {unit}" in note for note in notes)


def test_raw_counts_are_scaled_to_gravity_when_said() -> None:
    request = parse_request(units=["pelvis.acc=count"])
    stream, notes = build(axes("a", DOWN * 256), [ACC], request=request)
    np.testing.assert_allclose(stream.values, DOWN * 9.80665)
    assert any("256, is 1 g" in note for note in notes)


@pytest.mark.parametrize(
    ("size", "units", "message"),
    [
        (256.0, [], "neither g, mg nor m/s².*--unit pelvis.acc=count"),
        (1.0, ["pelvis.acc=mg"], "not near 9.8"),
        (1.0, ["pelvis.acc=furlong"], "no conversion from 'furlong'"),
        (0.0, ["pelvis.acc=count"], "all accelerations are 0"),
    ],
)
def test_an_acceleration_that_cannot_be_is_refused(
    size: float, units: list[str], message: str
) -> None:
    with pytest.raises(ImportedDataError, match=message):
        build(axes("a", DOWN * size), [ACC], request=parse_request(units=units))


@pytest.mark.parametrize(
    ("told", "factor"), [("mdps", 1e-3), ("rad/s", 180 / np.pi), ("deg/s", 1.0), ("°/s", 1.0)]
)
def test_the_unit_of_angular_rate_that_the_file_tells(told: str, factor: float) -> None:
    labels = {"gx": Label(told)}
    stream, notes = build(axes("g", np.ones((N, 3))), [GYRO], labels=labels)
    np.testing.assert_allclose(stream.values, factor)
    assert not any("taken to be" in note for note in notes)


def test_an_angular_rate_without_unit_is_said_to_be_guessed() -> None:
    _, notes = build(axes("g", np.ones((N, 3))), [GYRO])
    assert any("taken to be in deg/s" in note for note in notes)


def test_an_unknown_unit_of_angular_rate_is_refused() -> None:
    with pytest.raises(ImportedDataError, match="'turns/fortnight', which is not known"):
        build(axes("g", np.ones((N, 3))), [GYRO], labels={"gx": Label("turns/fortnight")})


def test_quaternions_must_have_length_one() -> None:
    quat = SiteMap("back", "quat", ("w", "x", "y", "z"))
    one = dict.fromkeys("wxyz", np.full(N, 0.5))
    stream, _ = build(one, [quat])
    assert stream.info.names == ("quat_w", "quat_x", "quat_y", "quat_z")
    with pytest.raises(ImportedDataError, match="length is 2, it must be 1"):
        build({axis: values * 2 for axis, values in one.items()}, [quat])


def test_missing_and_infinite_values_are_counted() -> None:
    values = BREATH.copy()
    values[3:5] = np.nan, np.inf
    stream, notes = build({"c": values})
    assert np.isnan(stream.values[3:5]).all()
    assert notes == ["chest: column 'c': 2 of 500 values are missing"]


def test_a_constant_column_is_a_warning() -> None:
    _, notes = build({"c": np.full(N, 7.0)})
    assert "column 'c' is constant (7)" in notes[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_column_without_numbers_is_refused(value: float) -> None:
    with pytest.raises(ImportedDataError, match="column 'c' holds no number"):
        build({"c": np.full(N, value)})


def test_one_axis_without_numbers_is_refused() -> None:
    table = DOWN.copy()
    table[:, 1] = np.nan
    with pytest.raises(ImportedDataError, match="column 'ay' holds no number"):
        build(axes("a", table), [ACC])


def test_columns_of_one_sensor_need_as_many_rows() -> None:
    columns = axes("a", DOWN) | {"az": DOWN[:-1, 2]}
    with pytest.raises(ImportedDataError, match=r"as many rows: .*'az': 499"):
        build(columns, [ACC])


def test_a_time_column_needs_as_many_rows() -> None:
    with pytest.raises(ImportedDataError, match=r"500 rows, 'c' has 400; give --rate-hz chest=R"):
        build({"c": BREATH[:400]})


def test_the_rate_of_the_file_or_of_the_user() -> None:
    labels = {"c": Label(rate_hz=50.0)}
    stream, notes = build({"c": BREATH}, labels=labels, time_column=None)
    assert stream.info.sample_rate_hz == 50.0
    assert notes == []
    stream, notes = build(
        {"c": BREATH}, labels=labels, time_column=None, request=parse_request(rates=["25"])
    )
    assert stream.time_s[1] == 0.04
    assert notes == ["chest: the file says 50 Hz; 25 Hz is used as asked"]


def test_no_rate_and_no_time_is_refused() -> None:
    with pytest.raises(ImportedDataError, match="give --rate-hz R or --time-column C"):
        build({"c": BREATH}, time_column=None)


@pytest.mark.parametrize("rate_hz", [0.0, 0.1, 1e6])
def test_a_rate_of_the_file_that_cannot_be_is_refused(rate_hz: float) -> None:
    with pytest.raises(ImportedDataError, match=r"outside 2 to 20000; give --rate-hz R"):
        build({"c": BREATH}, labels={"c": Label(rate_hz=rate_hz)}, time_column=None)


@pytest.mark.parametrize(
    ("time_s", "message"),
    [
        (TIME_S * 100, "sampled at 0.5 Hz, outside 2 to 20000"),
        (TIME_S * 1e-4, "sampled at 5e\\+05 Hz"),
        (TIME_S * 0.1, "lasts 0.998 s; at least 2 s"),
    ],
)
def test_times_that_cannot_be_are_refused(time_s: FloatArray, message: str) -> None:
    with pytest.raises(ImportedDataError, match=message):
        build({"c": BREATH, "t": time_s}, labels={"t": Label("s")})


def test_gaps_and_slowness_are_said() -> None:
    times = TIME_S * 20  # 2.5 Hz
    times[250:] += 30.0
    _, notes = build({"c": BREATH, "t": times}, labels={"t": Label("s")})
    assert "2.5 Hz is slow for breathing" in notes[0]
    assert "1 gaps of 30.4 s" in notes[1]


def test_direction_is_of_belts_only() -> None:
    request = parse_request(invert=["abdomen"])
    belt, _ = build({"c": BREATH}, [SiteMap("abdomen", "belt", ("c",))], request=request)
    imu, _ = build(axes("a", DOWN), [SiteMap("abdomen", "acc", ACC.columns)], request=request)
    assert (belt.invert, imu.invert) == (True, False)


def test_quantities_with_times_of_their_own_need_the_same() -> None:
    table = RawTable(Path("arrays"), dict.fromkeys(["c"], Label()), lambda _: {})
    columns = {
        name: RawColumn(DOWN[:, number], TIME_S + (0.001 if name == "az" else 0.0))
        for number, name in enumerate(("ax", "ay", "az"))
    }
    with pytest.raises(ImportedDataError, match="need one time"):
        build_stream(table, columns, [ACC], None, ImportRequest(), [])
