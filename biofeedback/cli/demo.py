"""A simulated person wears simulated sensors; everything on this side of the air is the product.

The only module that knows both houses. Two Go Direct belts speak over a simulated radio to the
real bleak, a WitMotion IMU over a pseudo-terminal (loopback TCP where there is none) to the real
pyserial.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from biofeedback.core.clock import Clock
    from biofeedback.core.entry import Command, Entry, Packet
    from biofeedback.core.ports import Addressed, Transport
    from biofeedback.drivers.virtual_radio import VirtualRadio
    from biofeedback.recording.layout import SessionDescription
    from biofeedback.recording.writer import SessionWriter
    from biofeedback.session.engine import Wires
    from biofeedback.session.kernel import Kernel
    from biofeedback.session.offline import Analysis
    from biofeedback.session.place import Place
    from firmware_sim.body import Body, Truth
    from firmware_sim.firmware import Emission, Firmware
    from firmware_sim.gatt_table import GattFirmware
    from firmware_sim.witmotion import WitMotionSerial

__all__ = ["demo", "simulated_place"]

CHEST, ABDOMEN, PELVIS = "godirect/0K2001C1", "godirect/0K2001A2", "witmotion/SIM1"
ROLES = {CHEST: "chest_belt", ABDOMEN: "abdomen_belt", PELVIS: "pelvis_imu"}
ADDRESSES = {CHEST: "F1:F1:F1:F1:F1:01", ABDOMEN: "F1:F1:F1:F1:F1:02"}
# Cheap oscillators are off by tenths of a per cent, each its own way: the demo shows that the
# time base copes.
CLOCK_ERRORS = {CHEST: +0.003, ABDOMEN: -0.002, PELVIS: +0.007}
STEP_US = 10_000
TICK_US = 250_000
GOODBYE_US = 300_000
SIMULATED_SCAN_S = 1.0
MATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the simulated person wears.

    Parameters
    ----------
    belts : dict of str to GattFirmware
        By device id.
    imu : WitMotionSerial
        On the pelvis.
    """

    belts: dict[str, GattFirmware]
    imu: WitMotionSerial

    def all(self) -> dict[str, Firmware]:
        """Every device by its id."""
        return {**self.belts, PELVIS: self.imu}


def demo(
    scenario: Annotated[
        str, typer.Option(help="Whom to simulate: coached, belly_breather, paradox, bracer, …")
    ] = "coached",
    seconds: Annotated[float, typer.Option(min=10, max=3600, help="Length of the session.")] = 60,
    speed: Annotated[
        str,
        typer.Option(help="Session seconds per second; max hands bytes over without a radio."),
    ] = "1",
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same person.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Session folder to make; default: in the sessions folder.")
    ] = None,
    window: Annotated[
        bool | None,
        typer.Option(
            "--window/--no-window",
            help="Show it in the window. Default: where there is a display and a terminal to ask.",
        ),
    ] = None,
) -> None:
    """Run a whole session with a simulated person, record it, and check the replay."""
    from biofeedback.cli.demo_window import in_window, there_is_a_display
    from biofeedback.cli.speed import parse_speed
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader, recording, verify_session
    from biofeedback.signal.summary import summary_words
    from firmware_sim.scenarios import SCENARIOS
    from firmware_sim.scenarios import scenario as make_body

    factor = parse_speed(speed)
    if window is None:
        window = factor is not None and out is None and there_is_a_display()
    if scenario not in SCENARIOS:
        raise typer.BadParameter(
            f"{scenario!r} is not known; known are {', '.join(sorted(SCENARIOS))}",
            param_hint="--scenario",
        )
    if window:
        in_window(partial(simulated_place, scenario=scenario, seed=seed), seconds)
        return
    body = make_body(scenario, seconds, seed)
    worn = _firmwares(body, seed)
    with recording(out, _description(scenario)) as writer:
        if factor is None:
            start_ns = _run_directly(worn.all(), writer, seconds)
        else:
            start_ns = _run_live(worn, writer, seconds, factor)
    reader = open_reader(writer.folder)
    origin_ns = next(reader.entries()).host_time_ns
    analysis = open_session(writer.folder)
    print(summary_words(analysis.summary))
    print()
    print(_comparison(analysis, body.truth, (start_ns - origin_ns) / 1e9))
    print()
    print(f"session    {writer.folder}")
    verification = verify_session(reader)
    print(verification.in_words())
    if factor is None:
        print("speed max: bytes were handed over directly in simulated time, without a radio")
    if not verification.identical:
        raise typer.Exit(1)


def _description(scenario: str) -> SessionDescription:
    from biofeedback.recording.layout import DeviceDescription, SessionDescription

    devices = tuple(DeviceDescription(name, name.partition("/")[0]) for name in ROLES)
    return SessionDescription(devices, source=f"demo, simulated {scenario}")


def _kernel() -> Kernel:
    from biofeedback.session.sessions import make_kernel

    return make_kernel(_description(""))


def _assignments(now_ns: int) -> list[Command]:
    from biofeedback.core.entry import Command

    return [
        Command(now_ns, "assign", {"stream": device_id, "role": role})
        for device_id, role in ROLES.items()
    ]


def _firmwares(body: Body, seed: int) -> Simulated:
    from firmware_sim.godirect import GoDirectBelt
    from firmware_sim.witmotion import WitMotionSerial

    belts: dict[str, GattFirmware] = {
        device_id: GoDirectBelt(
            body,
            site=site,
            serial=device_id.partition("/")[2],
            seed=seed + number,
            clock_error=CLOCK_ERRORS[device_id],
        )
        for number, (device_id, site) in enumerate(((CHEST, "chest"), (ABDOMEN, "abdomen")))
    }
    imu = WitMotionSerial(body, site="pelvis", seed=seed + 2, clock_error=CLOCK_ERRORS[PELVIS])
    return Simulated(belts, imu)


def _run_live(worn: Simulated, writer: SessionWriter, seconds: float, factor: float) -> int:
    """Run over the simulated radio and the pseudo-terminal; return when the body began."""
    import time

    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.clock import RealClock
    from biofeedback.session.awake import kept_awake
    from biofeedback.session.engine import Engine
    from biofeedback.session.instrument import Instrument

    clock = RealClock(factor)
    started_ns: list[int] = []

    @asynccontextmanager
    async def open_wires() -> AsyncIterator[Wires]:
        started_ns.append(clock.now_ns())
        async with _simulated_wires(worn, clock, started_ns[0]) as wires:
            yield wires

    engine = Engine(Instrument(_kernel(), writer), clock, open_wires)
    with kept_awake(), TerminalView("demo") as view:
        engine.start()
        for command in _assignments(clock.now_ns()):
            engine.command(command)
        try:
            while engine.running and clock.now_ns() < started_ns[0] + seconds * 1e9:
                time.sleep(0.05)
                view.show_mail(engine.mailbox.take_all())
        finally:
            engine.stop()
    return started_ns[0]


@asynccontextmanager
async def _simulated_wires(worn: Simulated, clock: Clock, start_ns: int) -> AsyncIterator[Wires]:
    """Put the belts on the air and the IMU on a port; give the wires to them."""
    from biofeedback.drivers.ble import BleTransport
    from biofeedback.drivers.registry import driver
    from biofeedback.drivers.serialport import SerialTransport

    spec = driver("godirect")
    wires: dict[str, Callable[[], Transport]] = {}
    async with _simulated_air(worn, clock, start_ns) as (radio, url):
        for device_id, address in ADDRESSES.items():
            wires[device_id] = partial(BleTransport, address, spec, clock, radio)
        wires[PELVIS] = partial(SerialTransport, url, 115200, clock)
        yield wires


@asynccontextmanager
async def _simulated_air(
    worn: Simulated, clock: Clock, start_ns: int
) -> AsyncIterator[tuple[VirtualRadio, str]]:
    """Give a radio that hears the belts, and the port at which the IMU is."""
    from biofeedback.drivers.virtual_radio import VirtualRadio
    from firmware_sim.gatt import Peripheral, VirtualAir
    from firmware_sim.link import serial_link

    def now_us() -> int:
        return (clock.now_ns() - start_ns) // 1000

    air = VirtualAir()
    async with AsyncExitStack() as stack:
        for device_id, address in ADDRESSES.items():
            peripheral = Peripheral(worn.belts[device_id], air, address, now_us)
            await stack.enter_async_context(peripheral)
        radio = await stack.enter_async_context(VirtualRadio(air.host()))
        port = stack.enter_context(serial_link(worn.imu, now_us))
        yield radio, port.url


@asynccontextmanager
async def simulated_place(
    clock: Clock,
    scenario: str = "coached",
    seconds: float = 900.0,
    seed: int = 1,
    lost: tuple[float, float] | None = None,
) -> AsyncIterator[Place]:
    """Open a place where a simulated person wears the demo's sensors.

    Parameters
    ----------
    clock : Clock
        Stamps what is received, and moves the person.
    scenario : str
        Who.
    seconds : float
        Length of the person's script, s.
    seed : int
        Which day of the same person.
    lost : tuple of float or None
        When the abdomen belt vanishes, s, and for how long, s.

    Yields
    ------
    place : Place
    """
    from biofeedback.drivers.device import make_transport
    from biofeedback.drivers.scan import Found, scan
    from biofeedback.session.place import Place
    from firmware_sim.faults import Vanish
    from firmware_sim.scenarios import scenario as make_body

    worn = _firmwares(make_body(scenario, seconds, seed), seed)
    if lost is not None:
        # A fault stands in for the firmware it wraps.
        worn.belts[ABDOMEN] = cast("GattFirmware", Vanish(worn.belts[ABDOMEN], *lost))
    async with _simulated_air(worn, clock, clock.now_ns()) as (radio, url):

        async def look(timeout_s: float) -> tuple[list[Found], str]:
            found = await scan(min(timeout_s, SIMULATED_SCAN_S), radio=radio, serial=False)
            return [*found, Found("witmotion", url, "simulated IMU", None, None)], ""

        def transport(device_id: str, found: Found) -> Transport:
            return make_transport(device_id, found.address, clock, radio)

        yield Place(look, transport)


def _run_directly(firmwares: Mapping[str, Firmware], writer: SessionWriter, seconds: float) -> int:
    """Hand bytes over in simulated time, as fast as it goes; return when the body began."""
    from biofeedback.core.entry import LinkChange, Packet, Tick
    from biofeedback.session.instrument import Instrument

    instrument = Instrument(_kernel(), writer)
    waiting: list[Addressed] = []

    def feed(entries: list[Entry]) -> None:
        sends, _ = instrument.feed(entries)
        waiting.extend(sends)

    feed([Tick(0), *_assignments(0)])
    for device_id, firmware in firmwares.items():
        firmware.connect(0)
        feed([LinkChange(0, device_id, "open")])
    end_us = round(seconds * 1e6) // STEP_US * STEP_US
    for now_us in range(STEP_US, end_us + GOODBYE_US, STEP_US):
        now_ns = now_us * 1000
        entries: list[Entry] = []
        if now_us == end_us:
            entries += [LinkChange(now_ns, name, "closing", "stopped") for name in firmwares]
        sends, waiting = waiting, []
        for addressed in sends:
            device_id, send = addressed.device_id, addressed.send
            entries.append(Packet(now_ns, device_id, "tx", send.endpoint, send.payload))
            answers = firmwares[device_id].write(send.endpoint, send.payload, now_us)
            entries += _packets(device_id, answers)
        for device_id, firmware in firmwares.items():
            entries += _packets(device_id, firmware.advance(now_us))
        if now_us % TICK_US == 0:
            entries.append(Tick(now_ns))
        if entries:
            feed(entries)
    return 0


def _packets(device_id: str, emissions: Iterable[Emission]) -> list[Packet]:
    from biofeedback.core.entry import Packet

    return [
        Packet(sent.time_us * 1000, device_id, "rx", sent.endpoint, sent.payload)
        for sent in emissions
    ]


def _comparison(analysis: Analysis, truth: Truth, truth_starts_s: float) -> str:
    """Put what was measured beside what the simulation knows."""
    import numpy as np

    from biofeedback.core.results import BreathShare, Hold
    from biofeedback.signal.summary import circular_mean_deg

    peaks_s = truth.peak_s + truth_starts_s
    holds = [(hold.start_s + truth_starts_s, hold.end_s + truth_starts_s) for hold in truth.holds]
    pairs = []
    for breath in analysis.breaths:
        number = int(np.argmin(np.abs(peaks_s - breath.peak_s)))
        if abs(peaks_s[number] - breath.peak_s) <= MATCH_S:
            pairs.append((number, breath))
    free = [
        (number, breath)
        for number, breath in pairs
        if not any(
            start_s < truth.end_s[number] + truth_starts_s and peaks_s[number] < end_s
            for start_s, end_s in holds
        )
    ]
    lines = [f"{'':12}{'measured':>12}{'truth':>12}"]

    def line(name: str, measured: str, true: str) -> None:
        lines.append(f"{name:12}{measured:>12}{true:>12}")

    seen_s = analysis.table.t_s[0] if len(analysis.table) else 0.0
    line("breaths", str(len(pairs)), str(int(np.sum(peaks_s > seen_s))))
    if free:
        measured = 60 / np.median([breath.ttot_s for _, breath in free])
        true = 60 / np.median([truth.end_s[n] - truth.onset_s[n] for n, _ in free])
        line("rate /min", f"{measured:.2f}", f"{true:.2f}")
        line("rate error", f"{abs(measured - true):.2f}", "")
    shares = {e.breath: e for e in analysis.events if isinstance(e, BreathShare)}
    known = [(n, shares[b.breath]) for n, b in free if b.breath in shares]
    if known:
        measured, _ = circular_mean_deg(np.array([s.phase_angle_deg for _, s in known]))
        true, _ = circular_mean_deg(np.array([truth.phase_deg[n] for n, _ in known]))
        line("phase °", f"{measured:+.0f}", f"{true:+.0f}")
        third = max(1, len(known) // 3)
        change = [
            np.nanmedian([s.log_ratio for _, s in part]) for part in (known[:third], known[-third:])
        ]
        odds = np.log(truth.rib_share / (1 - truth.rib_share))
        true_change = [
            np.nanmedian([odds[n] for n, _ in part]) for part in (known[:third], known[-third:])
        ]
        line(
            "share change",
            f"{change[1] - change[0]:+.2f}",
            f"{true_change[1] - true_change[0]:+.2f}",
        )
    ended = [e for e in analysis.events if isinstance(e, Hold) and e.state == "ended"]
    line(
        "holds s",
        ", ".join(f"{hold.duration_s:.1f}" for hold in ended) or "none",
        ", ".join(f"{end_s - start_s:.1f}" for start_s, end_s in holds) or "none",
    )
    table = analysis.table
    if table.info.has("pelvis_tilt_ap_deg"):
        ap_deg = table.column("pelvis_tilt_ap_deg")
        good = np.isfinite(ap_deg)
        true_deg = np.interp(
            table.t_s[good] - truth_starts_s, truth.tilt_t_s, truth.pelvis_tilt_ap_deg
        )
        error_deg = ap_deg[good] - true_deg
        # Tilt is a change from the own neutral: a constant difference means nothing.
        line("tilt RMS °", f"{np.std(ap_deg[good]):.2f}", f"{np.std(true_deg):.2f}")
        line("tilt error °", f"{np.std(error_deg):.2f}", "")
    return "\n".join(lines)
