"""A decoder and a firmware talk in simulated time; everything said is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceProtocol, Garbage, Output, Ready, Samples, Send, Status
from biofeedback.core.stream import FloatArray
from biofeedback.drivers.registry import driver
from firmware_sim.firmware import Emission, Firmware
from firmware_sim.gatt_table import GattFirmware

STEP_US = 10_000


@dataclass
class Talk:
    """What the decoder made of it."""

    outputs: list[Output] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def of(self, kind: type) -> list:
        return [output for output in self.outputs if isinstance(output, kind)]

    @property
    def ready(self) -> Ready:
        (ready,) = self.of(Ready)
        return ready

    @property
    def garbage(self) -> list[str]:
        return [garbage.reason for garbage in self.of(Garbage)]

    def told(self, name: str) -> list[float]:
        return [status.value for status in self.of(Status) if status.name == name]

    def values(self, stream_id: str) -> FloatArray:
        return np.concatenate([block.values for block in self._blocks(stream_id)])

    def device_s(self, stream_id: str) -> FloatArray:
        """Times by the device's own clock, s; their zero means nothing."""
        return np.concatenate([block.device_time_ns for block in self._blocks(stream_id)]) / 1e9

    def _blocks(self, stream_id: str) -> list[Samples]:
        return [block for block in self.of(Samples) if block.stream_id == stream_id]


def what_is_read(driver_name: str, firmware: GattFirmware) -> list[Packet]:
    """What a host reads once, before it writes: the characteristics that the driver asks for."""
    readable = {
        shown.uuid
        for service in firmware.services
        for shown in service.characteristics
        if "read" in shown.properties
    }
    return [
        Packet(0, "twin/1", "rx", uuid, firmware.read(uuid, 0))
        for uuid in driver(driver_name).extra_uuids
        if uuid in readable
    ]


def talk(
    protocol: DeviceProtocol,
    firmware: Firmware,
    seconds: float,
    read: Iterable[Packet] = (),
    says_goodbye: bool = True,
) -> Talk:
    """Let them talk from time 0 on."""
    kept, waiting = Talk(), list[Send]()

    def take(outputs: Iterable[Output]) -> None:
        for output in outputs:
            (waiting if isinstance(output, Send) else kept.outputs).append(output)  # type: ignore[arg-type]

    def hear(emissions: Iterable[Emission]) -> None:
        for sent in emissions:
            packet = Packet(sent.time_us * 1000, "twin/1", "rx", sent.endpoint, sent.payload)
            take(protocol.receive(packet))

    def deliver(now_us: int) -> None:
        while waiting:
            send = waiting.pop(0)
            kept.sent.append(send.payload)
            hear(firmware.write(send.endpoint, send.payload, now_us))

    firmware.connect(0)
    take(protocol.start())
    for packet in read:
        take(protocol.receive(packet))
    for now_us in range(STEP_US, int(seconds * 1e6), STEP_US):
        deliver(now_us)
        hear(firmware.advance(now_us))
        if now_us % 100_000 == 0:
            take(protocol.wake(now_us * 1000))
    if says_goodbye:
        take(protocol.stop())
        deliver(int(seconds * 1e6))
    return kept
