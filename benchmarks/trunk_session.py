"""A simulated person with motion sensors, through the firmware's bytes, into a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.ports import Addressed, DeviceProtocol
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.drivers.protocols.witmotion import WitMotion
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot
from firmware_sim.body import Body
from firmware_sim.firmware import Firmware
from firmware_sim.trunk import TrunkState
from firmware_sim.witmotion import WitMotionSerial

__all__ = ["Beside", "Said", "Session", "run", "turned", "true_lean_deg"]

STEP_S, BATCH_S, GREETING_S = 0.01, 1.0, 3.0
Said = tuple[float, str, Mapping[str, str]]
"""When, which command, its arguments."""
Beside = tuple[DeviceProtocol, Firmware, Mapping[str, Role]]
"""Another device: its language, itself, and what each of its streams is worn as."""


def turned(axis: Sequence[float], angle_deg: float) -> FloatArray:
    """Rotation matrix of a sensor turned about one of its own axes (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.deg2rad(angle_deg)
    turn = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return np.asarray(turn)


def true_lean_deg(state: TrunkState) -> FloatArray:
    """Forward and rightward lean against gravity, as tilt is defined, (n, 2)."""
    ap, ml, _ = np.deg2rad(state.tilt_deg).T
    forward = np.arctan2(np.sin(ap), np.cos(ap) * np.cos(ml))
    lean = np.column_stack([forward, np.arcsin(np.cos(ap) * np.sin(ml))])
    return np.asarray(np.rad2deg(lean))


@dataclass(frozen=True)
class Session:
    """The table's columns by name, and every event; times are those of the person."""

    t_s: FloatArray
    columns: Mapping[str, FloatArray]
    events: tuple[Event, ...]

    def tilt(self, role: Role) -> FloatArray:
        """Forward and rightward tilt of a sensor, (n, 2)."""
        names = (f"{role.prefix}_tilt_{axis}_deg" for axis in ("ap", "ml"))
        return np.column_stack([self.columns[name] for name in names])


def run(
    body: Body,
    roles: Sequence[Role],
    seed: int = 1,
    said: Sequence[Said] = (),
    mounts: Mapping[Role, FloatArray] | None = None,
    beside: Mapping[str, Beside] | None = None,
) -> Session:
    """Let everything happen in simulated time, and analyse it as it would have been live."""
    firmwares: dict[str, Firmware] = {
        f"witmotion/{role.site}": WitMotionSerial(body, role.site, seed) for role in roles
    }
    protocols: dict[str, DeviceProtocol] = {device: WitMotion() for device in firmwares}
    worn = {device: {device: role} for device, role in zip(firmwares, roles, strict=True)}
    for device, (protocol, firmware, streams) in (beside or {}).items():
        firmwares[device], protocols[device] = firmware, protocol
        worn[device] = {f"{device}/{stream}": role for stream, role in streams.items()}
    for role, turn in (mounts or {}).items():
        sensor = firmwares[f"witmotion/{role.site}"].sensor
        sensor.mount = turn @ sensor.mount  # type: ignore[attr-defined]
    kernel = Kernel(protocols)
    waiting: list[Addressed] = []
    tables, events = list[Chunk](), list[Event]()

    def feed(entries: Sequence[Entry]) -> None:
        *sends, snapshot = kernel.feed_all(entries)
        assert isinstance(snapshot, Snapshot)
        waiting.extend(one for one in sends if isinstance(one, Addressed))
        tables.extend(snapshot.table)
        events.extend(snapshot.events)

    def packets(device: str, now_us: int) -> list[Entry]:
        return [
            Packet(sent.time_us * 1000, device, "rx", sent.endpoint, sent.payload)
            for sent in firmwares[device].advance(now_us)
        ]

    for device, firmware in firmwares.items():
        firmware.connect(0)
        feed([LinkChange(0, device, "open")])
        for stream, role in worn[device].items():
            feed([Command(0, "assign", {"stream": stream, "role": role.value})])
    commands = sorted(said, key=lambda one: one[0])
    now_s = 0.0
    while now_s < body.duration_s:
        now_s += STEP_S if now_s < GREETING_S else BATCH_S
        now_us = round(now_s * 1e6)
        entries: list[Entry] = [Tick(now_us * 1000)]
        for one in waiting:
            for sent in firmwares[one.device_id].write(one.send.endpoint, one.send.payload, now_us):
                packet = (sent.time_us * 1000, one.device_id, "rx", sent.endpoint, sent.payload)
                entries.append(Packet(*packet))  # type: ignore[arg-type]
        waiting.clear()
        for device in firmwares:
            entries += packets(device, now_us)
        while commands and commands[0][0] <= now_s:
            at_s, name, arguments = commands.pop(0)
            entries.append(Command(round(at_s * 1e9), name, arguments))  # type: ignore[arg-type]
        feed(sorted(entries, key=lambda entry: entry.host_time_ns))
    names = tables[-1].info.names
    tables = [chunk for chunk in tables if chunk.info.names == names]
    data = np.concatenate([chunk.data for chunk in tables])
    t_s = np.concatenate([chunk.t_s for chunk in tables])
    return Session(t_s, dict(zip(names, data.T.copy(), strict=True)), tuple(events))
