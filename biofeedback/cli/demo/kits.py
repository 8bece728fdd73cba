"""What the simulated person wears: the sensors of each kit, with the clocks they come with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biofeedback.core.capability import capability
from biofeedback.core.roles import Role

if TYPE_CHECKING:
    from biofeedback.recording.layout import SessionDescription
    from firmware_sim.body import Body
    from firmware_sim.firmware import Firmware

__all__ = ["KITS", "DemoKit", "Worn"]


@dataclass(frozen=True, slots=True)
class Worn:
    """One simulated sensor.

    Parameters
    ----------
    device_id : str
        As in a recording.
    stream_id : str
        Its stream that takes the role.
    role : Role
        What it is worn as.
    make : callable
        Makes its firmware, given the person and a seed.
    address : str
        On the simulated radio; empty for a serial port.
    """

    device_id: str
    stream_id: str
    role: Role
    make: Callable[[Body, int], Firmware]
    address: str = ""


@dataclass(frozen=True, slots=True)
class DemoKit:
    """What is worn together.

    Parameters
    ----------
    name : str
        As given on the command line.
    title : str
        For people.
    scenario : str
        Who wears it when nobody else is asked for.
    worn : tuple of Worn
        Its sensors.
    """

    name: str
    title: str
    scenario: str
    worn: tuple[Worn, ...]

    @property
    def in_words(self) -> str:
        """What it is, and what it can and cannot tell."""
        roles = [worn.role for worn in self.worn]
        return f"kit        {self.name}: {self.title}\n{capability(roles)}"

    def description(self, scenario: str) -> SessionDescription:
        """Say what is recorded.

        Parameters
        ----------
        scenario : str
            Who is simulated.

        Returns
        -------
        description : SessionDescription
        """
        from biofeedback.recording.layout import DeviceDescription, SessionDescription

        devices = tuple(
            DeviceDescription(worn.device_id, worn.device_id.partition("/")[0])
            for worn in self.worn
        )
        return SessionDescription(devices, source=f"demo, simulated {scenario}")

    def firmwares(self, body: Body, seed: int) -> dict[str, Firmware]:
        """Put its sensors on a person.

        Parameters
        ----------
        body : Body
            Who.
        seed : int
            Source of chance; every sensor has its own.

        Returns
        -------
        firmwares : dict of str to Firmware
            By device id.
        """
        return {
            worn.device_id: worn.make(body, seed + number) for number, worn in enumerate(self.worn)
        }


# Cheap oscillators are off by tenths of a per cent, each its own way: the demo shows that the
# time base copes.
def _belt(site: str, serial: str, clock_error: float) -> Callable[[Body, int], Firmware]:
    def make(body: Body, seed: int) -> Firmware:
        from firmware_sim.godirect import GoDirectBelt

        return GoDirectBelt(body, site=site, serial=serial, seed=seed, clock_error=clock_error)

    return make


def _belts() -> tuple[Worn, Worn]:
    chest, abdomen = "0K2001C1", "0K2001A2"
    return (
        Worn(
            f"godirect/{chest}",
            "force",
            Role.CHEST_BELT,
            _belt("chest", chest, +0.003),
            "F1:F1:F1:F1:F1:01",
        ),
        Worn(
            f"godirect/{abdomen}",
            "force",
            Role.ABDOMEN_BELT,
            _belt("abdomen", abdomen, -0.002),
            "F1:F1:F1:F1:F1:02",
        ),
    )


def _imu(site: str, clock_error: float) -> Callable[[Body, int], Firmware]:
    def make(body: Body, seed: int) -> Firmware:
        from firmware_sim.witmotion import WitMotionSerial

        return WitMotionSerial(body, site=site, seed=seed, clock_error=clock_error)

    return make


def _h10(body: Body, seed: int) -> Firmware:
    from firmware_sim.polar import PolarH10

    return PolarH10(body, seed=seed, clock_error=2e-5, rate_error=0.004)


KITS = {
    kit.name: kit
    for kit in (
        DemoKit(
            "clinic",
            "two belts and a motion sensor on the pelvis",
            "coached",
            (*_belts(), Worn("witmotion/SIM1", "imu", Role.PELVIS_IMU, _imu("pelvis", +0.007))),
        ),
        DemoKit(
            "trunk",
            "two belts and motion sensors on low back, pelvis and thigh",
            "exerciser",
            (
                *_belts(),
                Worn("witmotion/SIM1", "imu", Role.PELVIS_IMU, _imu("pelvis", +0.007)),
                Worn("witmotion/SIM2", "imu", Role.BACK_IMU, _imu("back", -0.004)),
                Worn("witmotion/SIM3", "imu", Role.THIGH_IMU, _imu("thigh", +0.002)),
            ),
        ),
        DemoKit(
            "home",
            "one motion sensor on the belly",
            "seated",
            (Worn("witmotion/SIM1", "imu", Role.ABDOMEN_IMU, _imu("abdomen", +0.007)),),
        ),
        DemoKit(
            "polar",
            "a heart-rate strap with a motion sensor on the breast bone",
            "seated",
            (
                Worn(
                    "polar/A1B2C3D4",
                    "imu",
                    Role.STERNUM_IMU,
                    _h10,
                    "F1:F1:F1:F1:F1:01",
                ),
            ),
        ),
    )
}
"""Every kit by name; the first is the one when none is asked for."""
