"""A driver for a sensor of your own: an elastic band that sends its pull over a serial port.

Nine bytes a sample: 0xA5, two bytes of counter, four bytes of pull in mN, battery in per cent,
and the sum of all that, low bytes first.
"""

import struct
from collections.abc import Iterable

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Ready, Samples, SampleStream, Status
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.conformance import Conversation, Step, check_device_protocol
from biofeedback.drivers.framing import CounterUnwrap, FrameCutter, sum_checksum
from biofeedback.drivers.registry import DriverSpec

SIZE, MARK, RATE_HZ = 9, 0xA5, 20.0
STREAM = SampleStream(
    StreamInfo("force", (Channel("force", "N"),), RATE_HZ), "belt", "counter", 1 / RATE_HZ
)


class Band:
    """Fed packets, answers with outputs; no clock, no port, no exception."""

    def __init__(self) -> None:
        self._cutter = FrameCutter(
            1,
            lambda head: SIZE if head[0] == MARK else 0,
            lambda frame: sum_checksum(frame[:-1]) == frame[-1],
        )
        self._counter = CounterUnwrap(modulus=65536)
        self._number = -1
        self._ready, self._battery_pct = False, -1

    def start(self) -> Iterable[Output]:
        """Begin anew: forget half a frame; sample numbers go on."""
        self._cutter.clear()
        self._ready, self._battery_pct = False, -1
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take any bytes in any split."""
        for skipped, frame in self._cutter.cut(packet.payload):
            if skipped:
                yield Garbage(skipped, "no frame")
            if not frame:
                continue
            if not self._ready:
                self._ready = True
                yield Ready(DeviceInfo("elastic band"), (STREAM,))
            _, count, pull_mn, battery_pct, _ = struct.unpack("<BHiBB", frame)
            if battery_pct != self._battery_pct:
                self._battery_pct = battery_pct
                yield Status("battery_pct", battery_pct)
            step = self._counter.step(count, packet.host_time_ns, 1 / RATE_HZ)
            self._number += max(step, 0)
            number = self._number + min(step, 0)
            yield Samples("force", number, None, np.array([[pull_mn / 1000]]))

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Nothing to retry: the band speaks by itself."""
        return ()

    def stop(self) -> Iterable[Output]:
        """Nothing to say."""
        return ()


SPEC = DriverSpec(
    name="band",
    title="Elastic band",
    kinds=("belt",),
    transport="serial",
    protocol="own_driver:Band",
)


def frame(count: int, pull_n: float, battery_pct: int) -> bytes:
    body = struct.pack("<BHiB", MARK, count, round(pull_n * 1000), battery_pct)
    return body + bytes([sum_checksum(body)])


if __name__ == "__main__":
    frames = [frame(65534, 5.2, 80), frame(65535, 5.3, 80), frame(0, 5.5, 79)]
    talk = Conversation("three samples", tuple(Step("rx", "serial", each) for each in frames))
    (account,) = check_device_protocol(Band, [talk])
    print(account.samples["force"], account.status)
