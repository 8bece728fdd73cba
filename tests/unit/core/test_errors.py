from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from biofeedback.core import errors
from biofeedback.core.errors import (
    BiofeedbackError,
    ConfigError,
    DeviceConnectionError,
    DeviceNotFoundError,
    DeviceRefusedError,
    DeviceTimeoutError,
    MissingExtraError,
    ProtocolError,
    RecordingError,
    RecordingFormatError,
    StreamError,
)

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and value.__module__ == errors.__name__
]


def test_every_error_is_exported_and_in_the_tree_of_the_docstring() -> None:
    assert {each.__name__ for each in CLASSES} == set(errors.__all__)
    drawn = re.findall(r"\b(\w+Error)\b", errors.__doc__ or "")
    assert {each.__name__ for each in CLASSES} <= set(drawn)
    assert all(issubclass(each, BiofeedbackError) for each in CLASSES)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (DeviceNotFoundError, LookupError),
        (DeviceConnectionError, ConnectionError),
        (DeviceTimeoutError, TimeoutError),
        (ProtocolError, ValueError),
        (StreamError, ValueError),
        (RecordingFormatError, ValueError),
        (ConfigError, ValueError),
        (MissingExtraError, ImportError),
    ],
)
def test_plain_idioms_catch_them(ours: type[BiofeedbackError], theirs: type[Exception]) -> None:
    with pytest.raises(theirs, match="why"):
        raise ours("why")


def test_errors_carry_what_they_are_about() -> None:
    refused = DeviceRefusedError("period too short", "polar/A0", code=6)
    assert (str(refused), refused.device_id, refused.code) == ("period too short", "polar/A0", 6)
    assert DeviceTimeoutError("no answer", "polar/A0").device_id == "polar/A0"
    assert ProtocolError("300 does not fit a byte", b"\x2c").payload == b"\x2c"
    assert RecordingError("full", Path("a")).path == Path("a")
    config = ConfigError("7 is no site", Path("kit.toml"), "sensor[1].role")
    assert (config.file, config.key) == (Path("kit.toml"), "sensor[1].role")
