from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.csv import TIME_UNIT
from biofeedback.recording.importers.guess import guess_maps, guess_time_column, in_axis_order
from biofeedback.recording.importers.mapping import SiteMap
from biofeedback.recording.importers.table import Label, RawTable


def table(*names: str) -> RawTable:
    labels = {name: Label(TIME_UNIT if name == "when" else "") for name in names}
    return RawTable(Path("a.csv"), labels, lambda _: {})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("thoracic", "abdominal", "fs"), {"chest": "thoracic", "abdomen": "abdominal"}),
        (("ABD", "THO", "ECG"), {"abdomen": "ABD", "chest": "THO"}),
        (("Thorax", "Abdomen", "Flow"), {"chest": "Thorax", "abdomen": "Abdomen"}),
        (("ribcage.column_1", "ribcage", "abdomen"), {"chest": "ribcage", "abdomen": "abdomen"}),
        (("t", "RC", "AB"), {"chest": "RC", "abdomen": "AB"}),
        (("Thoraco-abdominal belt",), {"abdomen": "Thoraco-abdominal belt"}),
        (("Timestamp", "imu1_q_x", "Force", "RR"), {"chest": "Force"}),
        (("resp_adc", "ann1", "ann2"), {"chest": "resp_adc"}),
        (("Time [s]", "Flow [L/s]", "V_tidal [L]"), {"chest": "V_tidal [L]"}),
        (("when", "signal"), {"chest": "signal"}),
        (("heart rate", "chest_ok", "chest"), {"chest": "chest"}),
    ],
)
def test_belts_by_their_labels(names: tuple[str, ...], expected: dict[str, str]) -> None:
    notes: list[str] = []
    maps = guess_maps(table(*names), notes)
    assert {item.site: item.columns[0] for item in maps} == expected
    assert all(f"={column}" in notes[0] for column in expected.values())


def test_motion_sensors_whose_label_names_a_place() -> None:
    names = [
        f"{stem}_{kind}_{axis}"
        for stem in ("pelvis", "sternum")
        for kind in ("acc", "gyr")
        for axis in "xyz"
    ]
    maps = guess_maps(table(*names), [])
    assert {item.name for item in maps} == {
        *("pelvis.acc", "pelvis.gyro"),
        *("sternum.acc", "sternum.gyro"),
    }
    acc = next(item for item in maps if item.name == "pelvis.acc")
    assert acc.columns == ("pelvis_acc_x", "pelvis_acc_y", "pelvis_acc_z")


def test_motion_sensors_without_a_place_are_said() -> None:
    notes: list[str] = []
    guess_maps(table("chest", "imu1_q_x", "imu1_q_y", "imu1_q_z", "imu1_q_w"), notes)
    assert notes[1].endswith("--map SITE.quat=imu1_q_w,imu1_q_x,imu1_q_y,imu1_q_z")


def test_motion_alone_without_a_place_is_refused_with_the_way_to_say_it() -> None:
    with pytest.raises(ImportedDataError, match=r"--map pelvis\.acc=acc_x,acc_y,acc_z"):
        guess_maps(table("acc_x", "acc_y", "acc_z"), [])


def test_an_axis_that_is_missing_makes_no_sensor() -> None:
    maps = guess_maps(table("chest", "pelvis_acc_x", "pelvis_acc_y"), [])
    assert [item.name for item in maps] == ["chest.belt"]


def test_no_hint_at_all_is_refused_with_the_columns() -> None:
    with pytest.raises(ImportedDataError, match=r"--map chest=COLUMN.*It has a, b"):
        guess_maps(table("a", "b"), [])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Force", "Timestamp"), "Timestamp"),
        (("time[us]", "acc_x[mg]"), "time[us]"),
        (("Time [s]", "Flow"), "Time [s]"),
        (("seconds", "data"), "seconds"),
        (("t", "x"), "t"),
        (("Elapsed time (s)", "x"), "Elapsed time (s)"),
        (("tidal", "daytime activity"), None),
    ],
)
def test_the_time_column_by_its_label(names: tuple[str, ...], expected: str | None) -> None:
    assert guess_time_column(dict.fromkeys(names)) == expected


def test_axes_are_put_in_order_and_it_is_said() -> None:
    notes: list[str] = []
    item = SiteMap("sternum", "quat", ("q_x", "q_y", "q_z", "q_w"))
    assert in_axis_order(item, notes).columns == ("q_w", "q_x", "q_y", "q_z")
    assert "into the order q_w" in notes[0]


@pytest.mark.parametrize(
    "columns", [("a.0", "a.1", "a.2"), ("ax", "ay", "az"), ("acc_x[mg]", "acc_y[mg]", "acc_z[mg]")]
)
def test_axes_in_order_or_unknown_stay(columns: tuple[str, ...]) -> None:
    notes: list[str] = []
    item = SiteMap("pelvis", "acc", columns)
    assert in_axis_order(item, notes) is item
    assert notes == []
