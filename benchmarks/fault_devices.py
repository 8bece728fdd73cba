"""The sensors that have a simulated twin; adding one to the fault matrix is adding one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from biofeedback.core.ports import DeviceProtocol
from biofeedback.drivers.registry import protocol_for
from firmware_sim.body import Body
from firmware_sim.firmware import Emission, Firmware
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.heart_rate import HeartRateStrap
from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.text_lines import BleTextBoard, SerialTextBoard
from firmware_sim.witmotion import WitMotionBle, WitMotionSerial

__all__ = ["DEVICES", "TwinDevice"]

BOARDS = Path(__file__).parents[1] / "examples/boards"
Knows = Literal["samples", "frames", "nothing"]


@dataclass(frozen=True)
class TwinDevice:
    """A sensor as driver and as firmware.

    Parameters
    ----------
    driver : str
        Name in the registry.
    title : str
        For people.
    make : callable
        Makes its firmware: body and rate error of its clock.
    count : callable
        Number of samples of `stream` in an emission, read by hand and not by the driver.
    stream : str
        Whose books are compared.
    rate_hz : float
        Samples per second.
    knows : {"samples", "frames", "nothing"}
        What tells of a loss: a number or time in every sample, a number in every frame, which
        holds an unknown number of samples, or nothing but time.
    options : dict
        Of its protocol.
    turn : int
        Frames after which its counter repeats; 0 where there is none.
    whole : bool
        One notification is one message, without any mark of its own where it ends.
    checked : bool
        A sum or the like tells of damaged bytes; else a damaged digit is another number.
    sensor : str
        Where its firmware keeps its sensor; empty when it cannot be spoiled.
    role : str
        Where it is worn.
    """

    driver: str
    title: str
    make: Callable[[Body, float], Firmware]
    count: Callable[[Emission], int]
    stream: str
    rate_hz: float
    knows: Knows
    options: dict[str, Any] = field(default_factory=dict)
    turn: int = 0
    whole: bool = False
    checked: bool = True
    sensor: str = ""
    role: str = ""

    @property
    def device_id(self) -> str:
        """Driver and address."""
        return f"{self.driver}/1"

    def protocol(self) -> DeviceProtocol:
        """Make its language."""
        return protocol_for(self.device_id, self.options)


def board(name: str) -> str:
    """Read an example board file."""
    return (BOARDS / f"{name}.toml").read_text(encoding="utf-8")


def belt_samples(sent: Emission) -> int:
    """Forces in the frames of one sensor, all in one notification."""
    count, at, data = 0, 0, sent.payload
    while at + 9 <= len(data):
        count += data[at + 7] if data[at] == 0x20 and data[at + 4] == 0x06 else 0
        at += data[at + 1]
    return count


def frames(sent: Emission, length: int, kind: int) -> int:
    """Frames of a kind, back to back and of one length."""
    return sent.payload[1::length].count(kind)


def h10_samples(sent: Emission) -> int:
    """An H10 puts 36 accelerations into a frame."""
    return 36 * (sent.endpoint.startswith("fb005c82") and sent.payload[0] == 0x02)


def verity_samples(sent: Emission) -> int:
    """A Verity Sense sends one whole acceleration, then blocks of differences to the one before."""
    if not sent.endpoint.startswith("fb005c82") or sent.payload[0] != 0x02:
        return 0
    content, at, count = sent.payload[10:], 6, 1
    while at + 2 <= len(content):
        n_bits, n_differences = content[at], content[at + 1]
        at += 2 + -(-n_bits * n_differences * 3 // 8)
        count += n_differences
    return count


def beats(sent: Emission) -> int:
    """RR intervals behind a heart rate of one byte."""
    return (len(sent.payload) - 2) // 2 * sent.endpoint.startswith("00002a37")


def lines(sent: Emission) -> int:
    """Ends of lines that begin with a printed time; a line may come in pieces."""
    return sent.payload.count(b"\n") * (not sent.payload.startswith((b"#", b"ets", b"rst", b"t,")))


DEVICES = (
    TwinDevice(
        "godirect",
        "Go Direct belt, 1 to 3 samples in a frame",
        lambda body, error: GoDirectBelt(body, clock_error=error),
        belt_samples,
        "force",
        10.0,
        "frames",
        turn=256,
        sensor="sensor",
        role="chest_belt",
    ),
    TwinDevice(
        "godirect",
        "Go Direct belt, 1 sample in a frame",
        lambda body, error: GoDirectBelt(body, clock_error=error, samples_per_frame=1),
        belt_samples,
        "force",
        10.0,
        "samples",
        turn=256,
        sensor="sensor",
        role="chest_belt",
    ),
    TwinDevice(
        "witmotion",
        "WitMotion, serial",
        lambda body, error: WitMotionSerial(body, clock_error=error),
        partial(frames, length=11, kind=0x52),
        "imu",
        100.0,
        "nothing",
        sensor="sensor",
        role="pelvis_imu",
    ),
    TwinDevice(
        "witmotion",
        "WitMotion, serial, with its clock",
        lambda body, error: WitMotionSerial(body, clock_error=error),
        partial(frames, length=11, kind=0x52),
        "imu",
        100.0,
        "samples",
        {"device_time": True},
        sensor="sensor",
        role="pelvis_imu",
    ),
    TwinDevice(
        "witmotion_ble",
        "WitMotion, Bluetooth",
        lambda body, error: WitMotionBle(body, clock_error=error),
        partial(frames, length=20, kind=0x61),
        "imu",
        50.0,
        "nothing",
        sensor="sensor",
        role="pelvis_imu",
    ),
    TwinDevice(
        "polar",
        "Polar H10",
        lambda body, error: PolarH10(body, clock_error=error),
        h10_samples,
        "imu",
        100.0,
        "samples",
        whole=True,
        sensor="sensor",
        role="sternum_imu",
    ),
    TwinDevice(
        "polar",
        "Polar Verity Sense",
        lambda body, error: VeritySense(body, clock_error=error),
        verity_samples,
        "imu",
        52.0,
        "samples",
        whole=True,
        sensor="sensor",
        role="abdomen_imu",
    ),
    TwinDevice(
        "heart_rate",
        "heart-rate strap",
        lambda body, error: HeartRateStrap(body, clock_error=error),
        beats,
        "heart",
        1.1,
        "nothing",
        whole=True,
    ),
    TwinDevice(
        "text_serial",
        "board with two belts, serial",
        lambda body, error: SerialTextBoard(body, clock_error=error),
        lines,
        "chest",
        50.0,
        "samples",
        {"board": board("two_belts")},
        checked=False,
        sensor="belts",
        role="chest_belt",
    ),
    TwinDevice(
        "text_ble",
        "board with a motion sensor, Bluetooth",
        lambda body, error: BleTextBoard(body, (), "pelvis", time_unit="", clock_error=error),
        lines,
        "imu",
        50.0,
        "nothing",
        {"board": board("imu_over_bluetooth")},
        sensor="imu",
        role="pelvis_imu",
    ),
)
