"""What Bluetooth devices tell of themselves: battery level and device information.

Byte tables: ``docs/protocols/heart_rate.md``.
"""

from __future__ import annotations

from collections.abc import Iterable

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Status

__all__ = ["BATTERY_UUID", "TOLD_UUIDS", "Told", "sig_uuid"]

LONGEST_TEXT = 64


def sig_uuid(short: int) -> str:
    """Return the full form of a 16-bit UUID of the Bluetooth SIG.

    Parameters
    ----------
    short : int
        As in the list of assigned numbers.

    Returns
    -------
    uuid : str
        128-bit form, lower case.
    """
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


BATTERY_UUID = sig_uuid(0x2A19)
_MODEL, _SERIAL, _FIRMWARE, _MAKER = map(sig_uuid, (0x2A24, 0x2A25, 0x2A26, 0x2A29))
TOLD_UUIDS = (_MAKER, _MODEL, _SERIAL, _FIRMWARE, BATTERY_UUID)
"""Characteristics that `Told` understands; a device may lack any of them."""


class Told:
    """Remembers what a device told of itself; that stays true when the link is lost."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def info(self, model: str) -> DeviceInfo:
        """Return who the device says it is.

        Parameters
        ----------
        model : str
            Its model where it does not tell.

        Returns
        -------
        info : DeviceInfo
        """
        texts = self._texts
        told = " ".join(filter(None, (texts.get(_MAKER, ""), texts.get(_MODEL, ""))))
        return DeviceInfo(told or model, texts.get(_SERIAL, ""), texts.get(_FIRMWARE, ""))

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take what was read or notified.

        Parameters
        ----------
        packet : Packet
            Any bytes of any characteristic.

        Returns
        -------
        outputs : iterable of Output
            ``battery_pct``, or that it cannot be read.
        """
        payload = packet.payload
        if packet.endpoint == BATTERY_UUID:
            if len(payload) != 1 or payload[0] > 100:
                return (Garbage(payload, "unreadable battery level"),)
            return (Status("battery_pct", float(payload[0])),)
        if packet.endpoint not in TOLD_UUIDS:
            return (Garbage(payload, "unknown characteristic"),)
        text = payload.partition(b"\0")[0].decode("utf-8", "replace")
        self._texts[packet.endpoint] = "".join(filter(str.isprintable, text))[:LONGEST_TEXT].strip()
        return ()
