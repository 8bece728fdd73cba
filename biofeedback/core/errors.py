"""The whole error tree.

::

    BiofeedbackError
    ├─ DeviceError                     .device_id
    │   ├─ DeviceNotFoundError         also LookupError
    │   ├─ DeviceConnectionError       also ConnectionError
    │   ├─ DeviceTimeoutError          also TimeoutError
    │   └─ DeviceRefusedError          .code: what the device answered
    ├─ ProtocolError                   also ValueError; .payload: what *we* were asked to send
    ├─ StreamError                     also ValueError: missing column, unit, rate, at bind time
    ├─ RecordingError                  .path
    │   ├─ RecordingFormatError        also ValueError
    │   └─ RecordingVersionError       written by a newer version
    ├─ ImportedDataError               also ValueError: other people's data do not fit the request
    ├─ ConfigError                     also ValueError; .file, .key
    └─ MissingExtraError               also ImportError: which extra to install

Every message holds the value, the limit and the next step. Bytes from outside are never an
exception in the hot path: they are answered with ``Garbage`` and counted.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "BiofeedbackError",
    "ConfigError",
    "DeviceConnectionError",
    "DeviceError",
    "DeviceNotFoundError",
    "DeviceRefusedError",
    "DeviceTimeoutError",
    "ImportedDataError",
    "MissingExtraError",
    "ProtocolError",
    "RecordingError",
    "RecordingFormatError",
    "RecordingVersionError",
    "StreamError",
]


class BiofeedbackError(Exception):
    """Anything this software raises on purpose."""


class DeviceError(BiofeedbackError):
    """A sensor could not be used.

    Parameters
    ----------
    message : str
        What failed, with numbers, and what to do.
    device_id : str
        Driver and address of the sensor.
    """

    def __init__(self, message: str, device_id: str = "") -> None:
        super().__init__(message)
        self.device_id = device_id


class DeviceNotFoundError(DeviceError, LookupError):
    """No sensor with that name or address answered a scan."""


class DeviceConnectionError(DeviceError, ConnectionError):
    """The link could not be opened or broke while it was needed."""


class DeviceTimeoutError(DeviceError, TimeoutError):
    """The sensor did not answer in time."""


class DeviceRefusedError(DeviceError):
    """The sensor answered, and said no.

    Parameters
    ----------
    message : str
        What was refused and what to do.
    device_id : str
        Driver and address of the sensor.
    code : int
        The device's own code.
    """

    def __init__(self, message: str, device_id: str = "", code: int = 0) -> None:
        super().__init__(message, device_id)
        self.code = code


class ProtocolError(BiofeedbackError, ValueError):
    """We were asked to send something the protocol does not allow.

    Parameters
    ----------
    message : str
        The value, the limit and the next step.
    payload : bytes
        What would have been sent.
    """

    def __init__(self, message: str, payload: bytes = b"") -> None:
        super().__init__(message)
        self.payload = payload


class StreamError(BiofeedbackError, ValueError):
    """A column is missing, doubled, or has the wrong unit or rate. Raised when binding."""


class RecordingError(BiofeedbackError):
    """A session could not be written or read.

    Parameters
    ----------
    message : str
        What failed and what to do.
    path : Path or None
        The file or folder concerned.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class RecordingFormatError(RecordingError, ValueError):
    """Not a session of ours, or it is damaged beyond reading."""


class RecordingVersionError(RecordingError):
    """The session was written by a newer version of this software."""


class ImportedDataError(BiofeedbackError, ValueError):
    """A file of other people's data does not fit what was asked of it."""


class ConfigError(BiofeedbackError, ValueError):
    """A settings file is wrong.

    Parameters
    ----------
    message : str
        The value, the limit and the next step.
    file : Path or None
        The file read.
    key : str
        Path of the key inside the file, such as ``sensor[1].role``.
    """

    def __init__(self, message: str, file: Path | None = None, key: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.key = key


class MissingExtraError(BiofeedbackError, ImportError):
    """An optional part is not installed; the message names the extra."""
