"""Run a simulated device by itself: ``python -m firmware_sim godirect --scenario paradox``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from firmware_sim.body import BELT_SITES, Body
from firmware_sim.firmware import Firmware
from firmware_sim.godirect import COMMAND, GoDirectBelt
from firmware_sim.heart_rate import HEART_RATE, HeartRateStrap
from firmware_sim.link import PtyLink, TcpLink
from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.polar_pod import CONTROL
from firmware_sim.scenarios import SCENARIOS, scenario
from firmware_sim.text_lines import UART_WRITE, BleTextBoard, Grammar, SerialTextBoard
from firmware_sim.trunk import SITES
from firmware_sim.witmotion import BLE_WRITE, SERIAL, WitMotionBle, WitMotionSerial

__all__ = ["main"]

INIT_AND_START = bytes.fromhex(
    "5819fe3f1aa54a06490748084709460a450b440c430d420e41"  # INIT
    "5813fd8218ff01020000000000000000000000"  # START, force only
)
START_H10 = bytes.fromhex("0202000164000101100002010400")
START_VERITY = bytes.fromhex("0202000134000101100002010800040103")
BELTS = "both belts"
Maker = Callable[[Body, str, int], Firmware]


def _imu_sites(usual: str) -> Sequence[str]:
    return usual, *(site for site in SITES if site != usual)


def _board(grammar: Grammar) -> Maker:
    def make(body: Body, site: str, seed: int) -> Firmware:
        belts, imu_site = (BELT_SITES, "") if site == BELTS else ((), site)
        return SerialTextBoard(body, belts, imu_site, grammar=grammar, seed=seed)

    return make


IMU_SITES, CHEST_SITES, BELLY_SITES = map(_imu_sites, ("pelvis", "sternum", "abdomen"))
BOARD_SITES = (BELTS, *SITES)
DEVICES: Mapping[str, tuple[Maker, Sequence[str], str, bytes]] = {
    "godirect": (lambda b, s, n: GoDirectBelt(b, s, seed=n), BELT_SITES, COMMAND, INIT_AND_START),
    "witmotion": (lambda b, s, n: WitMotionSerial(b, s, seed=n), IMU_SITES, SERIAL, b""),
    "witmotion-ble": (lambda b, s, n: WitMotionBle(b, s, seed=n), IMU_SITES, BLE_WRITE, b""),
    "polar-h10": (lambda b, s, n: PolarH10(b, s, seed=n), CHEST_SITES, CONTROL, START_H10),
    "polar-verity": (lambda b, s, n: VeritySense(b, s, seed=n), BELLY_SITES, CONTROL, START_VERITY),
    "heart-rate": (lambda b, s, n: HeartRateStrap(b), ("chest",), HEART_RATE, b""),
    "text-columns": (_board("columns"), BOARD_SITES, SERIAL, b""),
    "text-labels": (_board("labels"), BOARD_SITES, SERIAL, b""),
    "text-teleplot": (_board("teleplot"), BOARD_SITES, SERIAL, b""),
    "text-json": (_board("json"), BOARD_SITES, SERIAL, b""),
    "text-ble": (lambda b, s, n: BleTextBoard(b, (), s, seed=n), IMU_SITES, UART_WRITE, b""),
}
"""For each device: maker, sites (the usual one first), where commands go, what starts it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a simulated device, or print what it sends; return the exit code.

    Parameters
    ----------
    arguments : sequence of str or None
        Command line; None takes that of the process.

    Returns
    -------
    code : int
        0 when done.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    make, sites, endpoint, starts = DEVICES[asked.device]
    site = asked.site or sites[0]
    if site not in sites:
        parser.error(f"{asked.device} is not worn at {site!r}; choose from {', '.join(sites)}")
    if not asked.seconds > 0:
        parser.error(f"--seconds is {asked.seconds}; it must be above 0")
    firmware = make(scenario(asked.scenario, asked.seconds, asked.seed), site, asked.seed)
    if asked.serve is None:
        _print_bytes(firmware, endpoint, starts, int(asked.seconds * 1e6))
    else:
        _serve(firmware, endpoint, asked.serve, asked.seconds)
    return 0


def _print_bytes(firmware: Firmware, endpoint: str, starts: bytes, until_us: int) -> None:
    firmware.connect(0)
    emissions = firmware.write(endpoint, starts, 0) + firmware.advance(until_us)
    for emission in emissions:
        print(f"{emission.time_us / 1e6:10.4f}  {emission.payload.hex(' ')}")


def _serve(firmware: Firmware, endpoint: str, wire: str, seconds: float) -> None:
    start_ns = time.perf_counter_ns()

    def now_us() -> int:
        return (time.perf_counter_ns() - start_ns) // 1000

    with (PtyLink if wire == "pty" else TcpLink)(firmware, now_us, endpoint) as link:
        print(link.url, flush=True)
        with suppress(KeyboardInterrupt):
            time.sleep(seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_sim", description=__doc__)
    parser.add_argument("device", choices=sorted(DEVICES))
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="quiet")
    parser.add_argument("--site", help="where it is worn")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--serve",
        choices=("pty", "tcp"),
        help="real time, on a port whose name is printed; else bytes are printed at once",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
