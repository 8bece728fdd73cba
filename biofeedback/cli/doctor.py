"""``biofeedback doctor``: what works on this machine, what does not, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["Finding", "Port", "doctor"]

State = Literal["ok", "attention", "missing"]

QT_PACKAGES = "libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0"
OPTIONAL = {"gui": "window and sound"}
BLUETOOTH_SETTINGS = {
    "Windows": "see Settings > Bluetooth & devices: Bluetooth on; sensors need no pairing",
    "Darwin": "allow the terminal in System Settings > Privacy & Security > Bluetooth",
    "Linux": "see `bluetoothctl show`: Powered must be yes; `rfkill unblock bluetooth` if blocked",
}
LISTEN_S = 1.0
PATIENCE_S = 60.0
# Two belts and a 100 Hz IMU with all their raw packets take about 20 MB an hour.
HOUR_BYTES = 20e6
ENOUGH_HOURS, LEAST_HOURS = 50.0, 2.0
# ALSA's device that plays to nobody is always there.
NULL_DEVICE = "Discard all samples"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one need.

    Parameters
    ----------
    topic : str
        What was looked at.
    state : {"ok", "attention", "missing"}
        ``missing`` cannot be used now; ``attention`` may surprise.
    words : str
        What was found.
    remedy : str
        What to do; empty when nothing need be done.
    essential : bool
        Without it nothing works, not even the demo and replay.
    """

    topic: str
    state: State
    words: str
    remedy: str = ""
    essential: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port as this user sees it.

    Parameters
    ----------
    name : str
        Its name.
    usable : bool
        Whether this user may read and write it.
    group : str
        The group that owns it; empty where ports have none.
    """

    name: str
    usable: bool
    group: str


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what works on this machine, what does not, and what to do about it."""
    from dataclasses import asdict

    findings = [
        _python(),
        _libraries(),
        _storage(),
        _bluetooth(),
        _serial(_ports()),
        _window(),
        _audio(_playback_devices()),
        *_extras(),
    ]
    works = all(finding.state != "missing" for finding in findings if finding.essential)
    if as_json:
        import json

        print(json.dumps({"works": works, "findings": [asdict(f) for f in findings]}, indent=2))
    else:
        _show(findings, works)
    if not works:
        raise typer.Exit(1)


def _show(findings: Iterable[Finding], works: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    looks = {"ok": "green", "attention": "yellow", "missing": "red"}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        words = Text(finding.words)
        if finding.remedy:
            words.append(f"\n→ {finding.remedy}", style="bold")
        table.add_row(finding.topic, Text(finding.state, style=looks[finding.state]), words)
    console = Console()
    console.print(table)
    console.print(
        "\nDemo, replay and analysis work here."
        if works
        else "\nNothing can run until the lines marked missing above are put right."
    )


def _python() -> Finding:
    import platform

    words = f"Python {platform.python_version()} on {platform.platform(terse=True)}"
    return Finding("Python", "ok", f"{words}, {platform.machine()}", essential=True)


def _libraries() -> Finding:
    """Look for everything the package itself depends on."""
    versions = _versions(extra="")
    absent = sorted(name for name, version in versions.items() if version is None)
    if absent:
        return Finding(
            "libraries",
            "missing",
            f"not installed: {', '.join(absent)}",
            "run `make venv`, or `pip install biofeedback` in a new environment",
            essential=True,
        )
    shown = ", ".join(f"{name} {versions[name]}" for name in ("numpy", "scipy", "bleak", "mcap"))
    return Finding("libraries", "ok", f"all {len(versions)} ({shown}, …)", essential=True)


def _versions(extra: str) -> dict[str, str | None]:
    """Return what the package, or one of its extras, needs here, with the version installed."""
    import re
    from importlib import metadata

    versions: dict[str, str | None] = {}
    for line in metadata.requires("biofeedback") or ():
        requirement, _, marker = line.partition(";")
        wanted = re.search(r"extra == ['\"](.+?)['\"]", marker)
        if (wanted.group(1) if wanted else "") != extra:
            continue
        name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def _storage() -> Finding:
    """See whether sessions can be written, and for how long."""
    import shutil
    import tempfile

    from biofeedback.recording.layout import home

    folder = home()
    standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
        free_bytes = shutil.disk_usage(standing).free
    except OSError as failure:
        return Finding(
            "sessions",
            "missing",
            f"{folder} cannot be written: {failure.strerror}",
            "set BIOFEEDBACK_HOME to a folder of yours",
            essential=True,
        )
    return _room(folder, free_bytes)


def _room(folder: Path, free_bytes: float) -> Finding:
    hours = free_bytes / HOUR_BYTES
    words = f"{folder}: {free_bytes / 1e9:.2f} GB free, room for about {hours:.0f} hours"
    remedy = "free some space, or set BIOFEEDBACK_HOME to a folder on another disk"
    if hours < LEAST_HOURS:
        return Finding("sessions", "missing", words, remedy, essential=True)
    if hours < ENOUGH_HOURS:
        return Finding("sessions", "attention", words, remedy, essential=True)
    return Finding("sessions", "ok", words, essential=True)


def _bluetooth() -> Finding:
    """Listen for a moment: the one question that tells whether Bluetooth works."""
    import asyncio
    import platform

    from biofeedback.core.errors import DeviceError
    from biofeedback.drivers.ble import find_nearby

    settings = BLUETOOTH_SETTINGS.get(platform.system(), "")
    try:
        heard = asyncio.run(asyncio.wait_for(find_nearby(LISTEN_S), PATIENCE_S))
    except DeviceError as failure:
        return Finding("Bluetooth", "missing", str(failure).removeprefix("Bluetooth: "), settings)
    except TimeoutError:
        words = f"the adapter did not answer within {PATIENCE_S:.0f} s"
        return Finding("Bluetooth", "missing", words, f"switch it off and on; {settings}")
    return Finding("Bluetooth", "ok", f"listening works; {len(heard)} devices in reach")


def _ports() -> list[Port]:
    import os

    from biofeedback.drivers.serialport import port_names

    ports = []
    for name, _ in port_names():
        if os.name == "posix":
            usable = os.access(name, os.R_OK | os.W_OK)
            ports.append(Port(name, usable, _group(Path(name))))
        else:
            ports.append(Port(name, usable=True, group=""))
    return ports


def _group(path: Path) -> str:
    try:
        return path.group()
    except KeyError:  # a group without a name: inside containers
        return str(path.stat().st_gid)


def _serial(ports: Sequence[Port]) -> Finding:
    """See whether this user may open the serial ports."""
    if not ports:
        return Finding(
            "serial ports",
            "attention",
            "none found",
            "plug the sensor in; some boards need the driver of their USB chip (CH340, CP210x)",
        )
    closed = [port for port in ports if not port.usable]
    if closed:
        groups = ",".join(sorted({port.group for port in closed}))
        return Finding(
            "serial ports",
            "missing",
            f"this user may not open {', '.join(port.name for port in closed)}",
            f"run `sudo usermod -aG {groups} $USER` and log in again",
        )
    return Finding("serial ports", "ok", ", ".join(port.name for port in ports))


def _window() -> Finding:
    """Load Qt in a process of its own: a missing library of the system ends there."""
    import sys

    if None in _versions(extra="gui").values():
        return Finding(
            "window (Qt)", "missing", "not installed", "run `pip install 'biofeedback[gui]'`"
        )
    done = _python_says("import PySide6.QtWidgets, PySide6; print(PySide6.__version__)")
    if done is not None:
        return Finding("window (Qt)", "ok", f"Qt {done.strip()} loads")
    remedy = "reinstall it: `pip install --force-reinstall 'biofeedback[gui]'`"
    if sys.platform == "linux":
        remedy = f"on Debian and Ubuntu: `sudo apt-get install {QT_PACKAGES}`"
    return Finding("window (Qt)", "missing", "Qt is installed but does not load", remedy)


def _playback_devices() -> list[str] | None:
    """Return the names of sound outputs; None when they cannot be asked for."""
    import json

    done = _python_says(
        "import json, miniaudio\n"
        "print(json.dumps([d['name'] for d in miniaudio.Devices().get_playbacks()]))"
    )
    return None if done is None else list(json.loads(done))


def _audio(names: Sequence[str] | None) -> Finding:
    """See whether cues can be heard."""
    if names is None:
        words = "sound outputs cannot be listed"
        return Finding("sound", "attention", words, "sessions run silently; see the extra gui")
    heard = [name for name in names if not name.startswith(NULL_DEVICE)]
    if not heard:
        words = "no sound output"
        return Finding("sound", "attention", words, "connect one; sessions run silently")
    return Finding("sound", "ok", ", ".join(heard))


def _extras() -> list[Finding]:
    """See which optional parts are installed."""
    findings = []
    for extra, purpose in OPTIONAL.items():
        versions = _versions(extra)
        absent = sorted(name for name, version in versions.items() if version is None)
        topic = f"extra {extra}"
        if absent:
            words = f"{purpose}: not installed: {', '.join(absent)}"
            remedy = f"run `pip install 'biofeedback[{extra}]'`"
            findings.append(Finding(topic, "attention", words, remedy))
        else:
            shown = ", ".join(f"{name} {version}" for name, version in versions.items())
            findings.append(Finding(topic, "ok", f"{purpose}: {shown}"))
    return findings


def _python_says(code: str) -> str | None:
    """Run `code` apart, so that native libraries cannot spoil this process or its output."""
    import subprocess
    import sys

    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None
