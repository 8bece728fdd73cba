"""Firmware of a Vernier Go Direct Respiration Belt (GDX-RB)."""

from __future__ import annotations

import struct
from collections import deque
from typing import Literal

import numpy as np

from firmware_sim.body import Body
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import BATTERY_LEVEL, Characteristic, Service, sig_uuid
from firmware_sim.godirect_frames import (
    INIT_REPLY,
    MEASUREMENT_HEADER,
    Command,
    CommandId,
    CommandParser,
    MeasurementType,
    SensorRecord,
    device_frame,
    device_info_payload,
    measurement_body,
    reply_frame,
    status_payload,
)
from firmware_sim.sensors import BeltForce, ForceGauge, SensorClock, noise_source

__all__ = ["COMMAND", "RESPONSE", "SERVICE", "GoDirectBelt", "Layout"]

SERVICE = "d91714ef-28b9-4f91-ba16-f0d9a604f112"
COMMAND = "f4bf14a6-c7d5-4b6d-8aa8-df1a7c83adcb"
RESPONSE = "b41e6675-a329-40e0-aa01-44d2f444babe"

Layout = Literal["normal", "wide", "single", "single_int"]

SENSORS = {
    1: SensorRecord(1, 101, "Force", "N", 0.0, 50.0),
    2: SensorRecord(2, 102, "Respiration Rate", "bpm", 0.0, 100.0),
    4: SensorRecord(4, 103, "Steps", "steps", 0.0, 100_000.0),
    5: SensorRecord(5, 104, "Step Rate", "spm", 0.0, 300.0),
}
FORCE, RATE, STEPS, STEP_RATE = SENSORS
AVAILABLE_MASK = sum(1 << number for number in SENSORS)
DEFAULT_MASK = 1 << FORCE
MAIN_VERSION, RADIO_VERSION = (1, 8, 20), (2, 3, 7)
SHORTEST_PERIOD_US = 10_000
NOT_RECOGNISED, IGNORED, OVERFLOW = 0x01, 0x02, 0x40
DONE, FAILED = b"\x00", b"\x01"


class GoDirectBelt:
    """A respiration belt around the chest or the abdomen of a simulated person.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        ``chest`` or ``abdomen``.
    serial : str
        Printed serial number; the advertised name is ``GDX-RB <serial>``.
    seed : int
        Source of chance: noise, batching, jitter.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    mtu : int
        ATT MTU, bytes: frames are cut to ``mtu - 3``.
    battery_pct : float
        Charge at time 0, %.
    drain_pct_per_h : float
        How fast it empties, %/h.
    samples_per_frame : int or None
        Samples in each frame; None: 1 to 3, as it comes.
    layout : Layout
        Type of frame that carries periodic samples: ``single`` sends one frame per sensor,
        ``single_int`` the same as whole numbers.
    aperiodic : bool
        Sensors 2, 4 and 5 come in frames of their own when they change, not with the force.
    announces : bool
        Sends START_TIME, PERIOD and DROPPED frames.
    strict : bool
        Ignores START before INIT.
    keeps_streaming : bool
        Goes on measuring when the link is lost, and streams at once when a host returns.
    jitter_us : int
        Largest random delay of a frame, µs.
    stall_chance : float
        Chance that a frame waits for 2 to 5 periods, the next ones catching up.
    pretension_n : float
        How tightly it was put on, N; from 48 N on breathing runs into the end stop at 50 N.
    """

    services: tuple[Service, ...] = (
        Service(
            SERVICE,
            (
                Characteristic(COMMAND, ("write-without-response",)),
                Characteristic(RESPONSE, ("notify",)),
            ),
        ),
        Service(sig_uuid(0x180F), (Characteristic(BATTERY_LEVEL, ("read",)),)),
        Service(
            sig_uuid(0x180A),
            tuple(
                Characteristic(sig_uuid(short), ("read",))
                for short in (0x2A29, 0x2A25, 0x2A26, 0x2A28)
            ),
        ),
    )
    advertised_service = SERVICE

    def __init__(
        self,
        body: Body,
        site: str = "chest",
        serial: str = "0K2001B3",
        seed: int = 0,
        clock_error: float = 0.0,
        mtu: int = 247,
        *,
        battery_pct: float = 87.0,
        drain_pct_per_h: float = 5.0,
        samples_per_frame: int | None = None,
        layout: Layout = "normal",
        aperiodic: bool = False,
        announces: bool = False,
        strict: bool = False,
        keeps_streaming: bool = False,
        jitter_us: int = 8_000,
        stall_chance: float = 0.01,
        pretension_n: float = 8.0,
    ) -> None:
        self.name = f"GDX-RB {serial}"
        self.serial = serial
        self.mtu = mtu
        self._clock_error = clock_error
        self._battery_pct, self._drain_pct_per_h = battery_pct, drain_pct_per_h
        self._samples_per_frame, self._layout = samples_per_frame, layout
        self._aperiodic, self._announces, self._strict = aperiodic, announces, strict
        self._keeps_streaming = keeps_streaming
        self._jitter_us, self._stall_chance = jitter_us, stall_chance
        self.sensor: ForceGauge = BeltForce(body, site, seed, pretension_n)
        self._chance = noise_source(seed, f"frames {site}")
        self._period_us = SENSORS[FORCE].typical_period_us
        self._measuring = False
        self._to_lose = 0
        self._open = False
        self._open_session()
        self._begin_measuring(0, 0)
        self._measuring = False

    def connect(self, now_us: int) -> None:
        """A host opened the link: session state starts anew."""
        self._open_session()
        self._open = True
        if self._measuring:
            self._catch_up(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone."""
        self._open = False
        self._measuring = self._measuring and self._keeps_streaming

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take command bytes in any split; answer."""
        emissions = self.advance(now_us)
        if endpoint != COMMAND:
            return emissions
        for command in self._parser.feed(data):
            for frame in self._answer(command, now_us):
                emissions += self._notify(frame, now_us)
        return emissions

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Answer a read of the battery or of the device information."""
        texts = {
            sig_uuid(0x2A29): "Vernier",
            sig_uuid(0x2A25): self.serial,
            sig_uuid(0x2A26): ".".join(map(str, MAIN_VERSION)),
            sig_uuid(0x2A28): ".".join(map(str, RADIO_VERSION)),
        }
        if endpoint == BATTERY_LEVEL:
            return bytes([self.battery_pct(now_us)])
        return texts[endpoint].encode()

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return the measurement frames sent until `now_us`."""
        if self._measuring and self._open:
            self._measure(now_us)
        emissions: list[Emission] = []
        while self._waiting and self._waiting[0][0] <= now_us:
            time_us, body = self._waiting.popleft()
            frame = device_frame(MEASUREMENT_HEADER, self._next_counter(), body)
            emissions += self._notify(frame, time_us)
        return emissions

    def power_cycle(self, now_us: int) -> None:
        """Switch off and on: counter, period and measuring are forgotten."""
        self._open_session()
        self._period_us = SENSORS[FORCE].typical_period_us
        self._measuring = False

    def battery_pct(self, now_us: int) -> int:
        """Charge left.

        Parameters
        ----------
        now_us : int
            The simulation's time, µs.

        Returns
        -------
        charge : int
            Whole %.
        """
        left = self._battery_pct - self._drain_pct_per_h * now_us / 3.6e9
        return int(min(max(np.ceil(left), 0.0), 100.0))

    def overflow(self, n_samples: int) -> None:
        """Lose the next samples inside the device, as when its memory is full.

        Parameters
        ----------
        n_samples : int
            How many.
        """
        self._to_lose += n_samples

    def _open_session(self) -> None:
        self._parser = CommandParser()
        self._counter = 0
        self._status = 0
        self._initialised = False
        self._waiting: deque[tuple[int, bytes]] = deque()

    def _next_counter(self) -> int:
        counter = self._counter
        self._counter = (counter + 1) & 0xFF
        return counter

    def _notify(self, frame: bytes, time_us: int) -> list[Emission]:
        size = self.mtu - 3
        return [
            Emission(time_us, RESPONSE, frame[at : at + size]) for at in range(0, len(frame), size)
        ]

    def _answer(self, command: Command, now_us: int) -> list[bytes]:
        """Frames that answer one command; none when it is not known or ignored."""
        extra: list[bytes] = []
        match command.command_id:
            case CommandId.INIT:
                self._counter = 0
                self._initialised = True
                payload = INIT_REPLY
            case CommandId.GET_STATUS:
                payload = status_payload(
                    self._status, MAIN_VERSION, RADIO_VERSION, self.battery_pct(now_us)
                )
            case CommandId.GET_DEVICE_INFO:
                payload = device_info_payload(
                    "GDX-RB", self.serial, self.name, MAIN_VERSION, RADIO_VERSION, b"\xf1" * 6
                )
            case CommandId.GET_AVAILABLE_SENSOR_MASK:
                payload = struct.pack("<I", AVAILABLE_MASK)
            case CommandId.GET_DEFAULT_SENSOR_MASK:
                payload = struct.pack("<I", DEFAULT_MASK)
            case CommandId.GET_SENSOR_INFO if command.parameters:
                record = SENSORS.get(command.parameters[0])
                none = SensorRecord(command.parameters[0], 0, "", "", 0.0, 0.0, 0)
                payload = (record or none).payload()
            case CommandId.SET_MEASUREMENT_PERIOD if len(command.parameters) >= 10:
                (asked_us,) = struct.unpack_from("<Q", command.parameters, 2)
                self._period_us = max(asked_us, SHORTEST_PERIOD_US)
                payload = DONE
                extra = [struct.pack("<BQ", MeasurementType.PERIOD, self._period_us)]
            case CommandId.START_MEASUREMENTS if len(command.parameters) >= 14:
                if self._strict and not self._initialised:
                    self._status |= IGNORED
                    return []
                (mask,) = struct.unpack_from("<I", command.parameters, 2)
                mask &= AVAILABLE_MASK
                payload = DONE if mask else FAILED
                if mask:
                    self._begin_measuring(mask, now_us)
                    extra = [struct.pack("<Bq", MeasurementType.START_TIME, now_us)]
            case CommandId.STOP_MEASUREMENTS | CommandId.DISCONNECT:
                self._measuring = False
                self._waiting.clear()
                payload = DONE
            case CommandId.CLEAR_ERROR_FLAGS:
                self._status = 0
                payload = DONE
            case _:
                self._status |= NOT_RECOGNISED
                return []
        frames = [reply_frame(self._next_counter(), command, payload)]
        if self._announces:
            frames += [device_frame(MEASUREMENT_HEADER, self._next_counter(), b) for b in extra]
        return frames

    def _begin_measuring(self, mask: int, now_us: int) -> None:
        self._sensors = [number for number in SENSORS if mask >> number & 1]
        self._clock = SensorClock(now_us, self._period_us, self._clock_error)
        self._tick = 0
        self._batch: list[list[float]] = []
        self._batch_size = 1
        self._lost = 0
        self._free_us = now_us
        self._rate = _RateMeter(now_us / 1e6)
        self._waiting.clear()
        self._measuring = True

    def _catch_up(self, now_us: int) -> None:
        """Skip what was measured while nobody listened."""
        self._tick = self._clock.ticks_until(now_us)
        self._batch = []

    def _measure(self, now_us: int) -> None:
        """Take the samples due and put full frames in the queue."""
        ticks = range(self._tick, self._clock.ticks_until(now_us))
        if not ticks:
            return
        self._tick = ticks.stop
        due_us = [self._clock.due_us(tick) for tick in ticks]
        forces = self.sensor.sample_n(np.array(due_us, dtype=np.float64) / 1e6)
        for time_us, force_n in zip(due_us, forces.tolist(), strict=True):
            refreshed = self._rate.feed(time_us / 1e6, force_n)
            if self._to_lose:
                self._to_lose -= 1
                self._lost += 1
                self._finish_batch(time_us)
                continue
            if self._lost:
                self._status |= OVERFLOW
                if self._announces:
                    self._queue(struct.pack("<BI", MeasurementType.DROPPED, self._lost), time_us)
                self._lost = 0
            values = {FORCE: force_n, RATE: self._rate.per_min, STEPS: 0.0, STEP_RATE: 0.0}
            if self._aperiodic and refreshed:
                self._queue_aperiodic(values, time_us)
            if not self._batch:
                chosen = self._samples_per_frame
                self._batch_size = chosen or int(self._chance.choice([1, 2, 3], p=[0.2, 0.6, 0.2]))
            self._batch.append([values[number] for number in self._periodic()])
            if len(self._batch) >= self._batch_size:
                self._finish_batch(time_us)

    def _periodic(self) -> list[int]:
        return [n for n in self._sensors if n == FORCE or not self._aperiodic]

    def _queue_aperiodic(self, values: dict[int, float], time_us: int) -> None:
        for number in (n for n in self._sensors if n != FORCE):
            whole = number == STEPS
            kind = MeasurementType.APERIODIC_INT32 if whole else MeasurementType.APERIODIC_REAL32
            self._queue(measurement_body(kind, [number], [[values[number]]]), time_us)

    def _finish_batch(self, time_us: int) -> None:
        batch, self._batch = self._batch, []
        sensors = self._periodic()
        if not batch or not sensors:
            return
        if self._layout in ("normal", "wide"):
            normal = self._layout == "normal"
            kind = MeasurementType.NORMAL_REAL32 if normal else MeasurementType.WIDE_REAL32
            self._queue(measurement_body(kind, sensors, batch), time_us)
            return
        whole = self._layout == "single_int"
        kind = (
            MeasurementType.SINGLE_CHANNEL_INT32 if whole else MeasurementType.SINGLE_CHANNEL_REAL32
        )
        for column, number in enumerate(sensors):
            rows = [[row[column]] for row in batch]
            if whole:
                rows = [[0.0 if np.isnan(value) else value] for [value] in rows]
            self._queue(measurement_body(kind, [number], rows), time_us)

    def _queue(self, body: bytes, time_us: int) -> None:
        """Send a frame as soon as the radio lets it through, never before an earlier one."""
        delay_us = int(self._chance.integers(0, self._jitter_us + 1))
        if self._chance.random() < self._stall_chance:
            delay_us += int(self._chance.uniform(2.0, 5.0) * self._period_us)
        self._free_us = max(self._free_us, time_us + delay_us)
        self._waiting.append((self._free_us, body))


class _RateMeter:
    """The belt's own breathing rate: breaths in the last 30 s, looked at every 10 s."""

    WINDOW_S, EVERY_S, HYSTERESIS_N, FORGETS_IN_S = 30.0, 10.0, 0.2, 8.0

    def __init__(self, start_s: float) -> None:
        self.per_min = float("nan")
        self._next_s = start_s + self.WINDOW_S
        self._last_s = start_s
        self._mean_n: float | None = None
        self._low = False
        self._rises_s: deque[float] = deque()

    def feed(self, t_s: float, force_n: float) -> bool:
        """Take one sample; return whether the rate was looked at anew."""
        mean_n = force_n if self._mean_n is None else self._mean_n
        mean_n += (force_n - mean_n) * min((t_s - self._last_s) / self.FORGETS_IN_S, 1.0)
        self._mean_n, self._last_s = mean_n, t_s
        if force_n < mean_n - self.HYSTERESIS_N:
            self._low = True
        elif self._low and force_n > mean_n + self.HYSTERESIS_N:
            self._low = False
            self._rises_s.append(t_s)
        while self._rises_s and self._rises_s[0] < t_s - self.WINDOW_S:
            self._rises_s.popleft()
        if t_s < self._next_s:
            return False
        self._next_s += self.EVERY_S
        spans = len(self._rises_s) - 1
        if spans > 0:
            self.per_min = 60.0 * spans / (self._rises_s[-1] - self._rises_s[0])
        return True
