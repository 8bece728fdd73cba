"""Kernel, recorder and digest in one hand: what is fed is recorded, what comes out is hashed.

Synchronous and clockless, so that the live engine, the simulated-time demo and tests share it.
"""

from __future__ import annotations

from collections.abc import Sequence

from biofeedback.core.entry import Entry, Tick
from biofeedback.core.ports import Addressed, DeviceProtocol
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.digest import OutputDigest
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot

__all__ = ["Instrument", "digest_outputs"]


class Instrument:
    """A kernel whose every entry is on its way to disk before it is processed.

    Parameters
    ----------
    kernel : Kernel
        Fed by nobody else.
    writer : SessionWriter or None
        Where entries and results go; None records nothing.
    """

    def __init__(self, kernel: Kernel, writer: SessionWriter | None = None) -> None:
        self._kernel = kernel
        self._writer = writer
        self._digest = OutputDigest()
        self._n_entries = 0

    @property
    def digest(self) -> OutputDigest:
        """Hash over everything that came out so far."""
        return self._digest

    def add(self, device_id: str, protocol: DeviceProtocol) -> None:
        """Take one more device, before anything of it is fed.

        Parameters
        ----------
        device_id : str
            Driver and address.
        protocol : DeviceProtocol
            Its language.
        """
        self._kernel.add(device_id, protocol)

    def feed(self, entries: Sequence[Entry]) -> tuple[list[Addressed], Snapshot]:
        """Record entries, process them, record what came out.

        Parameters
        ----------
        entries : sequence of Entry
            In the order in which they happened.

        Returns
        -------
        sends : list of Addressed
            Bytes to be written; the caller feeds back what it wrote as ``tx`` packets.
        snapshot : Snapshot
            What became known.
        """
        if self._writer is not None:
            for entry in entries:
                self._writer.write_entry(entry)
        self._n_entries += len(entries)
        outputs = self._kernel.feed_all(entries)
        sends = [output for output in outputs if isinstance(output, Addressed)]
        snapshot = outputs[-1]
        assert isinstance(snapshot, Snapshot)
        digest_outputs(self._digest, outputs)
        if self._writer is not None:
            for event in snapshot.events:
                self._writer.write_event(event)
            if any(isinstance(entry, Tick) for entry in entries):
                self._writer.write_digest(self._n_entries - 1, self._digest.hexdigest())
        return sends, snapshot


def digest_outputs(digest: OutputDigest, outputs: Sequence[Snapshot | Addressed]) -> None:
    """Add what a kernel gave to a digest.

    Parameters
    ----------
    digest : OutputDigest
        Grows.
    outputs : sequence of Snapshot or Addressed
        As returned by ``Kernel.feed_all``.
    """
    for output in outputs:
        if isinstance(output, Addressed):
            digest.add_send(output.device_id, output.send)
            continue
        for key, chunks in output.streams.items():
            for chunk in chunks:
                digest.add_chunk(key, chunk)
        for chunk in output.table:
            digest.add_chunk("table", chunk)
        for event in output.events:
            digest.add_event(type(event).__name__, event)
