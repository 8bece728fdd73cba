"""The set-up: instant when nothing changed, complete when something did, helpful when stuck."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.meta.source import PROJECT


@pytest.fixture
def bootstrap() -> ModuleType:
    path = PROJECT / "tools" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, bootstrap: ModuleType) -> Path:
    """A project folder whose `.venv` is this interpreter, set up and stamped."""
    (tmp_path / "tools").mkdir()
    for name in ("pyproject.toml", "constraints.txt", "tools/bootstrap.py"):
        (tmp_path / name).write_text(f"# {name}")
    python = bootstrap.venv_python(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / ".venv" / "ready-dev").write_text(bootstrap.fingerprint(tmp_path))
    return tmp_path


class InstallingError(Exception):
    """Raised where the set-up would begin to install."""


@pytest.fixture
def no_installing(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise InstallingError

    monkeypatch.setattr(bootstrap, "install", refuse)


@pytest.mark.usefixtures("no_installing")
def test_nothing_is_done_when_nothing_changed(
    bootstrap: ModuleType, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["--root", str(project)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("no_installing")
@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "tools/bootstrap.py"])
def test_a_change_of_what_it_depends_on_installs_again(
    bootstrap: ModuleType, project: Path, name: str
) -> None:
    with (project / name).open("a") as file:
        file.write("changed")
    with pytest.raises(InstallingError):
        bootstrap.main(["--root", str(project)])
    assert not (project / ".venv" / "ready-dev").exists()


def test_a_failing_step_is_named_and_tried_again_next_time(
    bootstrap: ModuleType, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The constraints file of this project is not one: pip or uv refuses it.
    (project / "constraints.txt").write_text("not a constraint ==")
    assert bootstrap.main(["--root", str(project)]) == 1
    assert "this step failed" in capfd.readouterr().err
    assert not (project / ".venv" / "ready-dev").exists()


def test_without_rights_the_exact_command_is_printed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    assert not bootstrap.apt_install(("libegl1", "libgl1"), "the window")
    said = capsys.readouterr().out
    assert "sudo apt-get install -y --no-install-recommends libegl1 libgl1" in said


def test_where_there_is_no_apt_the_packages_are_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert not bootstrap.apt_install(("libegl1",), "the window")
    assert "what Debian calls libegl1" in capsys.readouterr().out


def test_only_a_supported_python_is_taken(bootstrap: ModuleType, tmp_path: Path) -> None:
    assert bootstrap.find_python() == sys.executable
    assert not bootstrap.new_enough(tmp_path / "no-python-here")
    assert bootstrap.new_enough(sys.executable)


def test_an_old_python_is_told_what_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "MINIMUM", (99, 0))
    with pytest.raises(bootstrap.SetupError, match=r"but 99\.0 or newer is needed"):
        bootstrap.create(tmp_path / ".venv", uv=None)


def test_it_runs_without_any_package(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(PROJECT / "tools/bootstrap.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "--extra" in done.stdout
