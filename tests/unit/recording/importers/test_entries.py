from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import edfio
import numpy as np
import pytest

from biofeedback.core.entry import Command, Entry, LinkChange, Packet
from biofeedback.core.errors import ImportedDataError
from biofeedback.core.imported import PACKET_S, decode
from biofeedback.recording.importers import Imported, import_entries, parse_request

RATE_HZ = 25.0
TIME_S = np.arange(round(100 * RATE_HZ)) / RATE_HZ
CHEST = np.sin(2 * np.pi * 0.25 * TIME_S)
ABDOMEN = 2.0 * CHEST


def npz(folder: Path, **arrays: object) -> Path:
    path = folder / "belts.npz"
    given = {"thoracic": CHEST, "abdominal": ABDOMEN, "fs": RATE_HZ, **arrays}
    np.savez(path, **{name: np.asarray(value) for name, value in given.items()})
    return path


def csv(folder: Path, header: str, *columns: object, name: str = "belts.csv") -> Path:
    path = folder / name
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    path.write_text(header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def packets(entries: list[Entry]) -> list[Packet]:
    return [entry for entry in entries if isinstance(entry, Packet)]


def joined(imported: Imported, stream_id: str) -> tuple[list[int], list[float]]:
    times: list[int] = []
    values: list[float] = []
    for packet in packets(list(imported.entries())):
        for block in decode(packet.payload):
            if block.info.stream_id == stream_id:
                times += block.time_ns.tolist()
                values += block.values[:, 0].tolist()
    return times, values


def test_a_session_is_opened_assigned_filled_and_closed(tmp_path: Path) -> None:
    request = parse_request(["chest=thoracic", "abdomen=abdominal"], invert=["abdomen"])
    imported = import_entries(npz(tmp_path), request)
    entries = list(imported.entries())
    assert imported.device_id == "imported/belts"
    assert isinstance(entries[0], LinkChange)
    assert (entries[0].state, entries[0].host_time_ns) == ("open", 0)
    assert [entry for entry in entries if isinstance(entry, Command)] == [
        Command(
            0,
            "assign",
            {"stream": "imported/belts/chest", "role": "chest_belt", "invert": False},
        ),
        Command(
            0,
            "assign",
            {"stream": "imported/belts/abdomen", "role": "abdomen_belt", "invert": True},
        ),
    ]
    assert isinstance(entries[-1], LinkChange)
    assert entries[-1].state == "closed"
    for command in entries[1:3]:
        assert isinstance(command, Command)
        json.dumps(dict(command.arguments))


def test_every_sample_is_in_a_packet_once_with_its_time(tmp_path: Path) -> None:
    imported = import_entries(npz(tmp_path), parse_request())
    times, values = joined(imported, "abdomen")
    assert times == np.rint(TIME_S * 1e9).astype(int).tolist()
    assert values == ABDOMEN.tolist()
    assert imported.duration_s == pytest.approx(TIME_S[-1])


def test_packets_are_short_announce_all_and_come_at_their_last_sample(tmp_path: Path) -> None:
    sent = packets(list(import_entries(npz(tmp_path), parse_request()).entries()))
    assert len(sent) == 100
    for packet in sent:
        blocks = decode(packet.payload)
        assert [block.info.stream_id for block in blocks] == ["chest", "abdomen"]
        times = np.concatenate([block.time_ns for block in blocks])
        assert packet.host_time_ns == times.max()
        assert times.max() - times.min() <= PACKET_S * 1e9
    stamps = [packet.host_time_ns for packet in sent]
    assert stamps == sorted(stamps)


def test_streams_of_different_rate_and_start_share_one_clock(tmp_path: Path) -> None:
    text = "".join(f"{1_600_000_000_000 + 100 * n},ribcage,{n % 9}\n" for n in range(300))
    text += "".join(f"{1_600_000_005_000 + 40 * n},abdomen,{n % 7}\n" for n in range(700))
    lines = text.splitlines(keepends=True)
    interleaved = [
        line for n in range(300) for line in (lines[n], *lines[300 + 2 * n : 302 + 2 * n])
    ]
    path = tmp_path / "long.csv"
    path.write_text("".join(interleaved))
    imported = import_entries(path, parse_request(time_column="column_1"))
    chest, _ = joined(imported, "chest")
    abdomen, _ = joined(imported, "abdomen")
    assert chest[0] == 0
    assert abdomen[0] == pytest.approx(5e9, abs=1000)


def test_a_pause_makes_no_empty_packets(tmp_path: Path) -> None:
    time_s = np.where(TIME_S > 50, TIME_S + 300, TIME_S)
    path = csv(tmp_path, "t,chest", time_s, CHEST)
    imported = import_entries(path, parse_request())
    sent = packets(list(imported.entries()))
    assert all(any(len(block.time_ns) for block in decode(p.payload)) for p in sent)
    assert len(joined(imported, "chest")[0]) == len(TIME_S)
    assert any("1 gaps" in note for note in imported.notes)


def test_guesses_are_said(tmp_path: Path) -> None:
    path = csv(tmp_path, "Timestamp,Force", TIME_S, CHEST)
    imported = import_entries(path, parse_request())
    assert [stream.site.name for stream in imported.streams] == ["chest.belt"]
    assert "guessed from the labels: chest.belt=Force" in imported.notes
    assert "guessed from the labels: times are in 'Timestamp'" in imported.notes


def test_what_the_user_says_goes_before_guesses(tmp_path: Path) -> None:
    path = csv(tmp_path, "Timestamp,Force,other", TIME_S, CHEST, ABDOMEN)
    imported = import_entries(path, parse_request(["abdomen=OTHER"], ["12.5"]))
    (stream,) = imported.streams
    assert stream.site.columns == ("other",)
    assert stream.info.sample_rate_hz == 12.5


def test_a_rate_of_one_site_beside_a_time_column(tmp_path: Path) -> None:
    path = csv(tmp_path, "t,chest,abdomen", TIME_S, CHEST, ABDOMEN)
    request = parse_request(["chest=chest", "abdomen=abdomen"], ["abdomen=50"], time_column="t")
    rates = {s.site.site: s.info.sample_rate_hz for s in import_entries(path, request).streams}
    assert rates == {"chest": pytest.approx(25.0), "abdomen": 50.0}


def test_belt_and_motion_of_one_file(tmp_path: Path) -> None:
    quat = np.tile([0.5, 0.5, 0.5, 0.5], (len(TIME_S), 1))
    path = npz(tmp_path, quat=quat, acc=np.tile([0.0, 0.6, 0.8], (len(TIME_S), 1)))
    request = parse_request(
        [
            "chest=thoracic",
            "sternum.quat=quat.0,quat.1,quat.2,quat.3",
            "sternum.acc=acc.0,acc.1,acc.2",
        ]
    )
    imported = import_entries(path, request)
    assert [stream.info.stream_id for stream in imported.streams] == ["chest", "sternum_imu"]
    assert imported.streams[1].values.shape == (len(TIME_S), 7)


def test_edf(tmp_path: Path) -> None:
    path = tmp_path / "night 1 (of 2).edf"
    signals = [
        edfio.EdfSignal(CHEST, 25, label="Thorax"),
        edfio.EdfSignal(ABDOMEN, 25, label="ABD"),
    ]
    edfio.Edf(signals).write(path)
    imported = import_entries(path, parse_request())
    assert imported.device_id == "imported/night_1_of_2"
    assert {stream.site.columns[0] for stream in imported.streams} == {"Thorax", "ABD"}


def bad_empty(folder: Path) -> Path:
    (folder / "a.csv").write_bytes(b"")
    return folder / "a.csv"


def bad_header_only(folder: Path) -> Path:
    (folder / "a.csv").write_text("t,chest\n")
    return folder / "a.csv"


def bad_truncated(folder: Path) -> Path:
    path = npz(folder)
    path.write_bytes(path.read_bytes()[:2000])
    return path


def bad_gzip(folder: Path) -> Path:
    (folder / "a.csv.gz").write_bytes(gzip.compress(b"t,chest\n0,1\n")[:15])
    return folder / "a.csv.gz"


BAD: list[tuple[Callable[[Path], Path], dict[str, object], str]] = [
    (lambda folder: folder / "none.csv", {}, r"no file .*none\.csv; check the path"),
    (bad_empty, {}, r"empty \(0 bytes\)"),
    (bad_header_only, {}, "no row of numbers"),
    (bad_truncated, {}, "cut short"),
    (bad_gzip, {}, "cut short"),
    (npz, {"maps": ["chest=thoracik"]}, r"no column 'thoracik'; it has thoracic"),
    (
        lambda folder: npz(folder, thoracic=np.full(2500, np.nan)),
        {},
        r"belts\.npz: chest: column 'thoracic' holds no number at all; choose another",
    ),
    (
        lambda folder: csv(folder, "chest,abdomen", CHEST, ABDOMEN),
        {},
        "does not say how fast 'chest' was sampled; give --rate-hz R or --time-column C",
    ),
    (
        lambda folder: csv(folder, "t,chest,abdomen", TIME_S, CHEST, ABDOMEN),
        {"time_column": "abdomen"},
        "the time column holds something else",
    ),
    (lambda folder: npz(folder, fs=0.01), {}, "sampled at 0.01 Hz, outside 2 to 20000"),
    (npz, {"rates": ["20000"]}, r"lasts 0\.125 s; at least 2 s are needed"),
    (npz, {"units": ["chest=kg"], "maps": ["chest=thoracic"]}, "a belt is in one of N, mm"),
    (
        npz,
        {"maps": ["sternum.acc=thoracic,abdominal,thoracic"], "units": ["sternum.acc=mg"]},
        "in mg the usual magnitude would be .* not near 9.8",
    ),
]


@pytest.mark.parametrize(("make", "options", "message"), BAD)
def test_a_bad_file_gets_a_clear_answer(
    tmp_path: Path, make: Callable[[Path], Path], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ImportedDataError, match=message):
        import_entries(make(tmp_path), parse_request(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("time_s", "said"),
    [
        (TIME_S[::-1], "times run backwards"),
        (np.where(np.arange(2500) == 700, np.nan, TIME_S), "without a time are left out"),
        (np.where(np.arange(2500) == 700, TIME_S[699], TIME_S), "they were averaged"),
        (np.floor(TIME_S), "spread evenly"),
        (TIME_S * 1000, "taken to be in ms"),
    ],
)
def test_a_repair_is_said(tmp_path: Path, time_s: object, said: str) -> None:
    imported = import_entries(csv(tmp_path, "t,chest", time_s, CHEST), parse_request())
    assert any(said in note for note in imported.notes)
    (stream,) = imported.streams
    assert stream.info.sample_rate_hz == pytest.approx(RATE_HZ, rel=0.01)
    assert (np.diff(stream.time_s) > 0).all()


def test_a_constant_channel_is_imported_with_a_warning(tmp_path: Path) -> None:
    imported = import_entries(npz(tmp_path, abdominal=np.zeros(2500)), parse_request())
    assert any("'abdominal' is constant" in note for note in imported.notes)
    assert len(imported.streams) == 2
