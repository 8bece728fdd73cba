"""Which sensor was worn where last time: a kit file beside the sessions, written by the window."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from biofeedback.core.config import Kit, load_kit
from biofeedback.core.errors import ConfigError
from biofeedback.core.roles import Role
from biofeedback.drivers.registry import drivers
from biofeedback.drivers.scan import Found
from biofeedback.recording.layout import home, make_private

__all__ = ["last_kit", "last_kit_file", "last_places", "remember"]

logger = logging.getLogger(__name__)

NAME = "last-kit.toml"


def last_kit_file() -> Path:
    """Return where the kit of last time is kept."""
    return home() / NAME


def remember(worn: Mapping[str, Role], found: Mapping[str, Found]) -> None:
    """Keep which sensor is worn where, for the next time.

    Parameters
    ----------
    worn : mapping of str to Role
        Places by device id; nothing worn leaves what was known.
    found : mapping of str to Found
        Address of each.
    """
    if not worn:
        return
    lines = [
        "# Written by the window; `biofeedback record` without a kit uses it.",
        'name = "last"',
    ]
    for device_id, role in worn.items():
        sensor = found[device_id]
        # A JSON string is a TOML string.
        lines += [
            "",
            "[[sensor]]",
            f"driver = {json.dumps(sensor.driver)}",
            f"address = {json.dumps(sensor.address)}",
            f"role = {json.dumps(role.value)}",
        ]
    path = last_kit_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    make_private(path)


def last_kit() -> Kit | None:
    """Return what was worn last time.

    Returns
    -------
    kit : Kit or None
        None when nothing is remembered; what can no longer be read is told in the log.
    """
    path = last_kit_file()
    if not path.is_file():
        return None
    try:
        return load_kit(path, {spec.name: spec.kinds for spec in drivers().values()})
    except ConfigError as problem:
        logger.warning("the kit of last time cannot be used: %s", problem)
        return None


def last_places(found: Mapping[str, Found], worn: Mapping[str, Role]) -> dict[str, Role]:
    """Return where found sensors that are not worn now were worn last time.

    Parameters
    ----------
    found : mapping of str to Found
        What is in reach, by device id.
    worn : mapping of str to Role
        What is worn now.

    Returns
    -------
    places : dict of str to Role
        By device id; a place that is taken now is left out.
    """
    kit = last_kit()
    if kit is None:
        return {}
    names = {(sensor.driver, sensor.address): name for name, sensor in found.items()}
    return {
        name: sensor.role
        for sensor in kit.sensors
        if (name := names.get((sensor.driver, sensor.address))) is not None
        and name not in worn
        and sensor.role not in worn.values()
    }
