"""The language of imported recordings: every packet says what it holds and when that was."""

from __future__ import annotations

from collections.abc import Iterable

from biofeedback.core.entry import Packet
from biofeedback.core.imported import PACKET_S, decode
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Ready, Samples, SampleStream

__all__ = ["Imported"]


class Imported:
    """Decodes packets of imported samples; answers nothing."""

    def __init__(self) -> None:
        self._announced = False

    def start(self) -> Iterable[Output]:
        """Nothing to ask; streams are announced with the first packet."""
        self._announced = False
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take one whole packet.

        Parameters
        ----------
        packet : Packet
            As written by the importer.
        """
        try:
            blocks = decode(packet.payload)
        except ValueError as failure:
            return (Garbage(packet.payload, str(failure)),)
        outputs: list[Output] = []
        if not self._announced:
            self._announced = True
            streams = tuple(
                SampleStream(block.info, block.kind, "given", PACKET_S) for block in blocks
            )
            outputs.append(Ready(DeviceInfo("imported recording"), streams))
        outputs += [
            Samples(block.info.stream_id, None, block.time_ns, block.values)
            for block in blocks
            if len(block.time_ns)
        ]
        return tuple(outputs)

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Nothing changes by waiting.

        Parameters
        ----------
        now_ns : int
            Not used.
        """
        del now_ns
        return ()

    def stop(self) -> Iterable[Output]:
        """Nothing to say."""
        return ()
