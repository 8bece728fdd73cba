"""A hash over everything a kernel gave, however it was grouped.

One SHA-256 per topic over the ordered canonical payloads: rows as bytes, events and sends as
canonical JSON. Rows of a stream hash the same whether they came in one chunk or in hundred.
"""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np

from biofeedback.core.ports import Send
from biofeedback.core.stream import Chunk, Event
from biofeedback.recording.messages import canonical

__all__ = ["OutputDigest"]


class OutputDigest:
    """Grows with every output; equal digests mean equal outputs."""

    def __init__(self) -> None:
        self._topics: dict[str, hashlib._Hash] = {}

    def add_chunk(self, topic: str, chunk: Chunk) -> None:
        """Add rows.

        Parameters
        ----------
        topic : str
            Stream key, or ``table``.
        chunk : Chunk
            New rows; a change of columns or segment is part of the topic.
        """
        if len(chunk) == 0:
            return
        columns = ",".join(chunk.info.names)
        # One row after the other, each with its times: the grouping leaves no trace. Adding
        # zero turns −0 into 0; the one NaN stands for all.
        rows = np.column_stack((chunk.t_s, chunk.arrival_s, chunk.data)) + 0.0
        rows[np.isnan(rows)] = np.nan
        self._of(f"rows/{topic}/{chunk.segment}/{columns}").update(rows.tobytes())

    def add_event(self, topic: str, event: Event) -> None:
        """Add an event.

        Parameters
        ----------
        topic : str
            Its type.
        event : Event
            The event.
        """
        self._of(f"event/{topic}").update(canonical(dataclasses.asdict(event)) + b"\n")

    def add_send(self, device_id: str, send: Send) -> None:
        """Add bytes a protocol wanted written.

        Parameters
        ----------
        device_id : str
            For whom.
        send : Send
            What.
        """
        line = f"{send.endpoint} {send.payload.hex()}\n"
        self._of(f"send/{device_id}").update(line.encode())

    def hexdigest(self) -> str:
        """Return the digest over all topics so far."""
        whole = hashlib.sha256()
        for topic in sorted(self._topics):
            whole.update(topic.encode() + b"\0" + self._topics[topic].digest())
        return whole.hexdigest()

    def _of(self, topic: str) -> hashlib._Hash:
        return self._topics.setdefault(topic, hashlib.sha256())
