"""``biofeedback import``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from biofeedback.core.errors import ImportedDataError, RecordingError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "one.npz"
    t_s = np.arange(0, 60, 0.04)
    np.savez(path, thoracic=np.sin(1.57 * t_s), abdominal=np.sin(1.57 * t_s + 0.3))
    return path


def test_mapped_columns_become_a_session(
    file: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run(
        "import", file, "--map", "chest=thoracic", "--map", "abdomen=abdominal",
        "--rate-hz", "25", "--invert", "chest", "--out", tmp_path / "s", "--quiet",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "inverted" in result.stdout
    assert (tmp_path / "s" / "input.mcap").is_file()


def test_without_out_it_lies_among_the_sessions(
    file: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    assert run("import", file, "--rate-hz", "25").exit_code == 0
    assert len(list((tmp_path / "home").iterdir())) == 1


def test_nothing_is_made_when_the_file_does_not_fit(
    file: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("import", file, "--map", "chest=nose", "--rate-hz", "25", "--out", tmp_path / "s")
    assert isinstance(result.exception, ImportedDataError)
    assert not (tmp_path / "s").exists()


def test_an_existing_folder_is_left_alone(
    file: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "s").mkdir()
    result = run("import", file, "--rate-hz", "25", "--out", tmp_path / "s")
    assert isinstance(result.exception, RecordingError)
    assert list((tmp_path / "s").iterdir()) == []
