"""The shipped pipelines: which stages run at a sensor's own rate, and which on the table."""

from __future__ import annotations

from collections.abc import Collection

from biofeedback.core.roles import Role
from biofeedback.core.stream import StreamInfo
from biofeedback.signal.alignment import Alignment
from biofeedback.signal.bracing_guard import BracingGuard
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.breath_labels import BreathLabels
from biofeedback.signal.calibration import Calibration
from biofeedback.signal.coupling import Coupling
from biofeedback.signal.donning import Donning
from biofeedback.signal.endurance import Endurance
from biofeedback.signal.imu_breath import ImuBreath
from biofeedback.signal.onset_timing import OnsetTiming
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.posture import Posture
from biofeedback.signal.quality import BeltQuality, ImuQuality
from biofeedback.signal.repetitions import Repetitions
from biofeedback.signal.rest import Rest
from biofeedback.signal.rotation_ratio import RotationRatios
from biofeedback.signal.separation import Separation
from biofeedback.signal.settling import Settling
from biofeedback.signal.stability import Stability
from biofeedback.signal.stage import AnyStage
from biofeedback.signal.steadiness import Steadiness
from biofeedback.signal.tap_check import TapCheck
from biofeedback.signal.tone import BellyTone
from biofeedback.signal.walking import Walking

__all__ = ["aligned_columns", "native_pipeline", "table_pipeline"]

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
BREATHING_IMUS = (Role.STERNUM_IMU, Role.ABDOMEN_IMU)
REFERENCES = (Role.PELVIS_IMU, Role.BACK_IMU)
"""What moves with the body and hardly breathes; the pelvis least."""
FLEXING = (Role.BACK_IMU, Role.STERNUM_IMU, Role.PELVIS_IMU)
"""Whose lean is the trunk's, the best first."""
TRUNK = (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU)


def native_pipeline(role: Role) -> tuple[AnyStage, ...]:
    """Return the stages that run at the sensor's own rate.

    Parameters
    ----------
    role : Role
        What the sensor is worn as.

    Returns
    -------
    stages : tuple of Stage
    """
    if role.kind == "belt":
        return (BeltQuality(role),)
    return (ImuQuality(role), Alignment(role), Orientation(role))


def aligned_columns(role: Role, info: StreamInfo) -> tuple[str, ...]:
    """Return the columns that go on the table: what several sensors are needed for.

    Parameters
    ----------
    role : Role
        What the sensor is worn as.
    info : StreamInfo
        Its native table, every stage's columns included.

    Returns
    -------
    names : tuple of str
    """
    raw = (f"{role.prefix}_acc_", f"{role.prefix}_gyro_", f"{role.prefix}_quat_")
    made = tuple(f"{role.prefix}_acc_{axis}_mps2" for axis in ("ap", "ml", "up"))
    return tuple(name for name in info.names if name in made or not name.startswith(raw))


def table_pipeline(roles: Collection[Role]) -> tuple[AnyStage, ...]:
    """Return the stages that run on the 50 Hz table.

    Parameters
    ----------
    roles : collection of Role
        Whatever is worn.

    Returns
    -------
    stages : tuple of Stage
    """
    belts = [role for role in BELTS if role in roles]
    stages: list[AnyStage] = []
    signals = tuple(f"{role.prefix}_excursion" for role in belts)
    if belts:
        stages.append(BreathDetector(signals))
    else:
        stages += _without_belts(roles)
    if len(belts) == len(BELTS):
        stages += [Donning(), Calibration(), Separation(), Coupling()]
    if belts:
        stages.append(BreathLabels(signals))
    trunk = next((role for role in TRUNK if role in roles), None)
    leaning = [role for role in (*FLEXING, Role.ABDOMEN_IMU) if role in roles]
    if leaning:
        stages.append(Posture(leaning))
    if leaning or Role.THIGH_IMU in roles:
        stages.append(Repetitions(roles))
    if trunk is not None:
        stages += [Stability(trunk), Settling(trunk)]
        stages.append(Rest(trunk, bool(belts)))
        if belts:
            stages.append(BracingGuard(trunk))
        stages.append(Steadiness(trunk, bool(belts)))
        stages += [Walking(trunk), Endurance(trunk, bool(belts))]
    if len(roles) > 1:
        stages.append(TapCheck())
    if Role.ABDOMEN_BELT in roles:
        stages.append(BellyTone())
    if {Role.ABDOMEN_BELT, Role.ARM_IMU} <= set(roles):
        stages.append(OnsetTiming(trunk))  # after the tap check, whose lags it takes off
    return tuple(stages)


def _without_belts(roles: Collection[Role]) -> list[AnyStage]:
    """Breathe from motion sensors: only where there is no belt, which tells it far better."""
    sources = [role for role in BREATHING_IMUS if role in roles]
    if not sources:
        return []
    reference = next((role for role in REFERENCES if role in roles), None)
    signals = tuple(f"{role.prefix}_breath_deg" for role in sources)
    both = [RotationRatios()] if len(sources) == len(BREATHING_IMUS) else []
    return [ImuBreath(sources, reference), *both, BreathDetector(signals)]
