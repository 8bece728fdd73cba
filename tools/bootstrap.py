"""Make `.venv` ready for everything else, once; afterwards say so in a blink.

Standard library only, so that any Python 3.11 can run it, also on Windows without make:
``py -3 tools/bootstrap.py``. Uses uv where it is present, else venv and pip. System packages
that are missing are installed on Debian and Ubuntu as root; otherwise the exact command is
printed and the work goes on where it can.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parents[1]

QT_PACKAGES = (
    "libglib2.0-0",
    "libegl1",
    "libgl1",
    "libdbus-1-3",
    "libfontconfig1",
    "libxkbcommon0",
)
XCB_PACKAGES = {
    "libxcb-cursor0": "xcb-cursor",
    "libxcb-icccm4": "xcb-icccm",
    "libxcb-image0": "xcb-image",
    "libxcb-keysyms1": "xcb-keysyms",
    "libxcb-randr0": "xcb-randr",
    "libxcb-render-util0": "xcb-render-util",
    "libxcb-shape0": "xcb-shape",
    "libxcb-xkb1": "xcb-xkb",
    "libxkbcommon-x11-0": "xkbcommon-x11",
}
"""What Qt's part for X servers is linked against: any that is missing keeps it from loading."""
SCREEN_PACKAGES = ("xvfb", "xauth")
FONT_PACKAGES = ("fonts-dejavu-core",)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Set up `.venv`; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="project folder")
    parser.add_argument("--extra", default="dev", help="optional dependencies to install")
    options = parser.parse_args(arguments)
    try:
        make_ready(options.root, options.extra)
    except SetupError as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    return 0


def make_ready(root: Path, extra: str) -> None:
    """Create or complete `.venv`, unless its stamp says that nothing changed."""
    venv = root / ".venv"
    stamp = venv / f"ready-{extra}"
    wanted = fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted and runs(venv_python(venv)):
        return
    stamp.unlink(missing_ok=True)
    say(f"setting up {venv} (once; about 200 MB to download)")
    uv = shutil.which("uv")
    if not usable(venv_python(venv), with_pip=uv is None):
        create(venv, uv)
    install(root, venv, extra, uv)
    if sys.platform == "linux":
        complete_system(venv)
    stamp.write_text(wanted)
    say("ready")


def fingerprint(root: Path) -> str:
    """Return a digest of all that decides what `.venv` must hold."""
    digest = hashlib.sha256(str(root).encode())
    for name in ("pyproject.toml", "constraints.txt", "tools/bootstrap.py"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def venv_python(venv: Path) -> Path:
    """Return the interpreter inside `venv`."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def runs(python: Path | str, code: str = "") -> bool:
    """Tell whether `python` runs `code`."""
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def new_enough(python: Path | str) -> bool:
    """Tell whether `python` is of a supported version."""
    return runs(python, f"import sys; sys.exit(sys.version_info < {MINIMUM})")


def usable(python: Path, with_pip: bool) -> bool:
    """Tell whether an environment left from earlier can be kept."""
    return new_enough(python) and (not with_pip or runs(python, "import pip"))


def create(venv: Path, uv: str | None) -> None:
    """Make a new environment, replacing what was there."""
    python = find_python()
    if uv is not None:
        run([uv, "venv", "--clear", "--python", python or ">=" + dotted(MINIMUM), str(venv)])
        return
    if python is None:
        raise SetupError(
            f"found Python {dotted(sys.version_info[:2])}, but {dotted(MINIMUM)} or newer is "
            f"needed. Install it and run: make PYTHON=/path/to/python{dotted(MINIMUM)} …"
        )
    if not runs(python, "import ensurepip"):
        version = subprocess.check_output(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True
        ).strip()
        if not apt_install((f"python{version}-venv",), "Python's venv module"):
            raise SetupError("then run the same command again")
    run([python, "-m", "venv", "--clear", str(venv)])


def find_python() -> str | None:
    """Return a supported interpreter: the one running this, else a newer one beside it."""
    for name in (sys.executable, *(f"python3.{minor}" for minor in (13, 12, 11))):
        if name and new_enough(name):
            return name
    return None


def install(root: Path, venv: Path, extra: str, uv: str | None) -> None:
    """Install the project, editable, with the versions named in constraints.txt."""
    python = str(venv_python(venv))
    front = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    run([*front, "-c", str(root / "constraints.txt"), "-e", f"{root}[{extra}]"])


def complete_system(venv: Path) -> None:
    """See to the shared libraries and fonts that Python packages cannot bring."""
    needed: list[str] = []
    if not runs(venv_python(venv), "import PySide6.QtWidgets"):
        needed += QT_PACKAGES
    needed += (name for name, library in XCB_PACKAGES.items() if not is_installed(library))
    if shutil.which("Xvfb") is None:
        needed += SCREEN_PACKAGES
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    if not any(next(folder.rglob("*.[ot]tf"), None) for folder in folders):
        needed += FONT_PACKAGES
    if needed:
        apt_install(tuple(needed), "the window and its tests")


def is_installed(library: str) -> bool:
    """Tell whether the system has a shared library."""
    return ctypes.util.find_library(library) is not None


def apt_install(packages: tuple[str, ...], purpose: str) -> bool:
    """Install system packages where that is allowed, else print how; tell whether it was done."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        say(f"{purpose} needs what Debian calls {' '.join(packages)}; install them with your")
        say("system's package manager")
        return False
    if os.geteuid() != 0:
        say(f"{purpose} needs system packages. Run:")
        say(f"    sudo {' '.join(command)}")
        return False
    say(f"installing {' '.join(packages)} for {purpose}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        done = subprocess.run(step, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        say(f"that failed. Run it by hand: {' '.join(command)}")
    return done.returncode == 0


def run(command: list[str]) -> None:
    """Run a step that must succeed."""
    try:
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as failure:
        raise SetupError(
            f"this step failed with code {failure.returncode}: {' '.join(command)}. The lines "
            "above say why; a missing network is the usual reason. Run the same command again."
        ) from None


def dotted(version: tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def say(text: str) -> None:
    """Tell what is being done, at once."""
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
