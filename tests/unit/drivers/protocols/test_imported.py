from __future__ import annotations

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.ports import Garbage, Output, Ready, Samples
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.imported import Imported

INFO = StreamInfo("chest", (Channel("excursion", "a.u."),), 4.0)


def payload(*times_ns: int) -> bytes:
    values = np.arange(float(len(times_ns)))[:, None]
    return encode([ImportedBlock(INFO, "belt", np.array(times_ns, dtype=np.int64), values)])


def receive(protocol: Imported, data: bytes) -> list[Output]:
    return list(protocol.receive(Packet(0, "imported/a", "rx", "imported", data)))


def test_the_first_packet_announces_its_streams_with_given_times() -> None:
    protocol = Imported()
    list(protocol.start())
    ready, samples = receive(protocol, payload(0, 250_000_000))
    assert isinstance(ready, Ready)
    assert isinstance(samples, Samples)
    assert [(stream.info, stream.kind, stream.clocking) for stream in ready.streams] == [
        (INFO, "belt", "given")
    ]
    assert samples.stream_id == "chest"
    assert samples.device_time_ns is not None
    assert samples.device_time_ns.tolist() == [0, 250_000_000]
    assert samples.values.tolist() == [[0.0], [1.0]]


def test_later_packets_announce_nothing_and_empty_streams_give_nothing() -> None:
    protocol = Imported()
    list(protocol.start())
    receive(protocol, payload(0))
    assert [type(output) for output in receive(protocol, payload(1))] == [Samples]
    assert receive(protocol, payload()) == []


def test_a_new_conversation_announces_again() -> None:
    protocol = Imported()
    for _ in range(2):
        list(protocol.start())
        assert isinstance(receive(protocol, payload(0))[0], Ready)
        assert list(protocol.stop()) == []


def test_other_bytes_are_garbage() -> None:
    (garbage,) = receive(Imported(), b"\x20\x05")
    assert isinstance(garbage, Garbage)
    assert garbage.payload == b"\x20\x05"


def test_waiting_changes_nothing() -> None:
    assert list(Imported().wake(10**12)) == []
