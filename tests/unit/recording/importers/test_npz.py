from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.npz import open_npz


def saved(folder: Path, **arrays: object) -> Path:
    path = folder / "a.npz"
    np.savez_compressed(path, **{name: np.asarray(value) for name, value in arrays.items()})
    return path


def test_whole_numbers_become_floats(tmp_path: Path) -> None:
    path = saved(tmp_path, chest=np.array([-3, 32767, 1], dtype=np.int16), fs=25.0)
    table = open_npz(path)
    values = table.load(["chest"])["chest"].values
    assert values.dtype == np.float64
    assert values.tolist() == [-3.0, 32767.0, 1.0]
    assert table.labels["chest"].rate_hz == 25.0


@pytest.mark.parametrize("shape", [(50, 3), (3, 50)])
def test_a_two_dimensional_array_gives_a_column_per_short_side(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    array = np.arange(150.0).reshape(shape)
    columns = open_npz(saved(tmp_path, acc=array)).load(["acc.0", "acc.2"])
    tall = array if shape[0] == 50 else array.T
    assert columns["acc.2"].values.tolist() == tall[:, 2].tolist()
    assert columns["acc.0"].values.tolist() == tall[:, 0].tolist()


def test_rates_by_part_of_a_name(tmp_path: Path) -> None:
    ten = np.arange(10.0)
    path = saved(tmp_path, thoracic=ten, acc_x=ten, ecg=ten, fs_resp=128, fs_acc=64, fs_ecg=256)
    rates = {name: label.rate_hz for name, label in open_npz(path).labels.items()}
    assert rates == {"thoracic": 128.0, "acc_x": 64.0, "ecg": 256.0}


@pytest.mark.parametrize("name", ["fs", "rate_hz", "sampling_rate", "fs_nominal", "srate"])
def test_names_of_a_rate(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, chest=np.arange(10.0), **{name: 50.0})
    assert open_npz(path).labels["chest"].rate_hz == 50.0


def test_two_rates_that_fit_no_name_are_no_rate(tmp_path: Path) -> None:
    path = saved(tmp_path, chest=np.arange(10.0), fs_a=1.0, fs_b=2.0)
    assert open_npz(path).labels["chest"].rate_hz is None


def test_text_objects_and_single_numbers_are_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path,
        chest=np.arange(3.0),
        who=np.array("me"),
        notes=np.array(["a", "b"]),
        gain=2.0,
        things=np.array([{}, None], dtype=object),
    )
    assert list(open_npz(path).labels) == ["chest"]


def test_an_archive_without_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportedDataError, match=r"no array of numbers \(names: who\)"):
        open_npz(saved(tmp_path, who="me"))


@pytest.mark.parametrize("part", [0.3, 0.9, 0.999])
def test_a_truncated_archive_is_refused(tmp_path: Path, part: float) -> None:
    path = saved(tmp_path, chest=np.random.default_rng(1).normal(size=5000))
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(ImportedDataError, match="cut short"):
        open_npz(path)


def test_damaged_contents_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, chest=np.random.default_rng(1).normal(size=5000))
    data = bytearray(path.read_bytes())
    data[2000:2100] = bytes(100)
    path.write_bytes(bytes(data))
    with pytest.raises(ImportedDataError, match="cannot be read as NPZ"):
        open_npz(path).load(["chest"])


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("t,chest\n")
    with pytest.raises(ImportedDataError, match="cannot be read as NPZ"):
        open_npz(path)
