"""An example table for every stage of the house."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import BeltsChanged, CalibrationDone
from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.alignment import Alignment
from biofeedback.signal.bracing_guard import BracingGuard
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.calibration import Calibration
from biofeedback.signal.donning import Donning
from biofeedback.signal.imu_breath import ImuBreath
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.posture import Posture
from biofeedback.signal.quality import BeltQuality, ImuQuality
from biofeedback.signal.repetitions import Repetitions
from biofeedback.signal.rest import Rest
from biofeedback.signal.rotation_ratio import RotationRatios
from biofeedback.signal.separation import Separation
from biofeedback.signal.settling import Settling
from biofeedback.signal.steadiness import Steadiness
from biofeedback.signal.tap_check import TapCheck
from tests.contract.bellying import TONED
from tests.contract.holding import HELD
from tests.contract.labelled_breathing import label_examples
from tests.contract.raising import TIMED
from tests.contract.stage_contract import Example
from tests.contract.strolling import WALKED
from tests.contract.swaying import SWAYED
from tests.contract.trunk_breathing import both_rates, breathing_in, breathing_trunk
from tests.contract.working import PELVIS, effort, rested, working


def table(
    names: Sequence[tuple[str, str]], rate_hz: float, segments: Sequence[FloatArray]
) -> list[Chunk]:
    """Make one chunk per segment, 3 s apart; rows arrive 0.1 s late."""
    info = StreamInfo("table", tuple(Channel(*name) for name in names), rate_hz)
    chunks, begin_s = [], 1.0
    for number, data in enumerate(segments):
        t_s = begin_s + np.arange(len(data)) / rate_hz
        chunks.append(Chunk(info, t_s, t_s + 0.1, data, number))
        begin_s = float(t_s[-1]) + 3.0
    return chunks


def belt(role: Role) -> list[Chunk]:
    """Breathing at 10 Hz that saturates, lies flat, and is no number for a while."""
    random = np.random.default_rng(1)
    values = 10 + np.sin(np.arange(400) * 0.15) + random.normal(0, 0.01, 400)
    values[50:62] = 50.0
    values[100:160] = values[100]
    values[200:205] = np.nan
    values[207] = np.nan
    return table([(f"{role.prefix}_excursion", "N")], 10.0, np.split(values[:, None], [300]))


def imu(role: Role, *, gyro: bool = True, judged: bool = True) -> list[Chunk]:
    """A trunk that sways, moves, saturates and is no number for a while, at 50 Hz."""
    random = np.random.default_rng(2)
    t_s = np.arange(1200) / 50.0
    lean = 0.1 * np.sin(t_s) + 0.3 * np.exp(-(((t_s - 10.0) / 0.3) ** 2))
    acc = STANDARD_GRAVITY_MPS2 * np.stack([np.sin(lean), np.cos(lean), 0 * lean], axis=1)
    acc += random.normal(0, 0.05, acc.shape)
    rate = np.stack([0 * lean, 0 * lean, -np.rad2deg(np.gradient(lean, t_s))], axis=1)
    rate += random.normal(0, 0.05, rate.shape)
    acc[300:310, 0] = 16 * STANDARD_GRAVITY_MPS2
    acc[500:800] = acc[500]
    rate[900:903] = np.nan
    names = [(f"{role.prefix}_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    data = acc
    if gyro:
        names += [(f"{role.prefix}_gyro_{axis}_dps", "deg/s") for axis in "xyz"]
        data = np.concatenate([acc, rate], axis=1)
    ok = np.ones((len(data), 1))
    ok[300:320] = ok[700] = ok[900:905] = 0
    if judged:
        names.append((f"{role.prefix}_ok", "flag"))
        data = np.concatenate([data, ok], axis=1)
    return table(names, 50.0, np.split(data, [1000]))


def bowing() -> list[Chunk]:
    """A back that lies still, stands still and bows three times, twice over, at 50 Hz."""
    random = np.random.default_rng(7)
    t_s = np.arange(1600) / 50.0
    bend = np.where((t_s > 18) & (t_s < 27), np.sin(np.pi * (t_s - 18) / 3) ** 2, 0.0)
    lean = np.deg2rad(30.0 * bend)
    acc = STANDARD_GRAVITY_MPS2 * np.stack([0 * lean, np.cos(lean), np.sin(lean)], axis=1)
    rate = np.stack([np.rad2deg(np.gradient(lean, t_s)), 0 * lean, 0 * lean], axis=1)
    data = np.concatenate([acc, rate], axis=1) + random.normal(0, 0.02, (len(t_s), 6))
    names = [(f"back_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    names += [(f"back_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("back_ok", "flag")]
    ok = np.ones((len(data), 1))
    ok[1400:1420] = 0
    whole = np.concatenate([data, ok], axis=1)
    return table(names, 50.0, [whole, whole])


def guiding(chunks: Sequence[Chunk]) -> list[Event]:
    """The commands of an alignment, in each segment."""
    steps = ((20, "table"), (550, "still"), (850, "bow"), (1370, "finish"))
    return [
        CommandHeard(
            t_s=float(chunk.t_s[row]),
            decided_s=float(chunk.t_s[row]),
            arrival_s=float(chunk.arrival_s[row]),
            name="align",
            arguments=(("step", step),),
        )
        for chunk in chunks
        for row, step in steps
    ]


def hinging() -> list[Chunk]:
    """Bends of the back over the pelvis and a slump, with rows missing, at 50 Hz."""
    random = np.random.default_rng(9)
    t_s = np.arange(3000) / 50.0
    bend = np.where((t_s > 5) & (t_s < 41), 50.0 * np.sin(np.pi * t_s / 3.0) ** 2, 0.0)
    back = bend + np.where(t_s > 45, 9.0, 0.0) + np.cumsum(random.normal(0, 0.02, len(t_s)))
    columns: dict[str, FloatArray] = {}
    ok = np.ones(len(t_s))
    ok[1100:1150] = 0
    for prefix, part in (("back", 1.0), ("pelvis", 0.5)):
        tilt = np.where(ok == 1, part * back, np.nan)
        columns |= {f"{prefix}_tilt_ap_deg": tilt, f"{prefix}_tilt_ml_deg": 0.1 * tilt}
        columns[f"{prefix}_speed_dps"] = np.abs(np.gradient(part * bend)) * 50
        columns[f"{prefix}_ok"] = ok
    units = {"deg": "deg", "dps": "deg/s", "ok": "flag"}
    names = [(name, units[name.rsplit("_", 1)[1]]) for name in columns]
    return table(names, 50.0, np.split(np.column_stack(list(columns.values())), [1900]))


def tasks(chunks: Sequence[Chunk]) -> list[Event]:
    """A task, the other side of it, another one, and a new neutral."""
    said: list[tuple[int, int, str, dict[str, str]]] = [
        (0, 60, "task", {"name": "hip_hinge", "side": "left"}),
        (0, 900, "task", {"name": "hip_hinge", "side": "right"}),
        (0, 1500, "task", {"name": "bridge"}),
        (1, 700, "calibrate", {}),
    ]
    return [
        CommandHeard(
            t_s=float(chunks[number].t_s[row]),
            decided_s=float(chunks[number].t_s[row]),
            arrival_s=float(chunks[number].arrival_s[row]),
            name=name,
            arguments=tuple(sorted(arguments.items())),
        )
        for number, row, name, arguments in said
    ]


def cues(chunks: Sequence[Chunk]) -> list[Event]:
    """A push, another soon after it, and one in the next segment."""
    return [
        CommandHeard(
            t_s=float(chunks[number].t_s[row]),
            decided_s=float(chunks[number].t_s[row]),
            arrival_s=float(chunks[number].arrival_s[row]),
            name="cue",
        )
        for number, row in ((0, 300), (0, 550), (1, 400))
    ]


def breathing() -> list[Chunk]:
    """Two belts at 50 Hz, resting breaths of 4 s, a hold, and each belt missing once."""
    random = np.random.default_rng(4)
    t_s = np.arange(6500) / 50.0
    phase = 2 * np.pi * np.where(t_s < 60, t_s, np.where(t_s < 75, 60.0, t_s - 15.0)) / 4.0
    chest = 10 + 0.8 * np.sin(phase - 0.2) + random.normal(0, 0.01, len(t_s))
    abdomen = 12 + 1.2 * np.sin(phase) + random.normal(0, 0.01, len(t_s))
    ok = np.ones((len(t_s), 2))
    ok[2000:2150, 0] = ok[4500:4520, 1] = ok[6000:6040] = 0
    reason = np.where(ok == 1, 0.0, 1.0)
    chest[2000:2150] = abdomen[4500:4520] = np.nan
    names = [
        (f"{prefix}_{name}", unit)
        for prefix in ("chest", "abdomen")
        for name, unit in (("excursion", "N"), ("ok", "flag"), ("reason", "reason"))
    ]
    columns = [chest, ok[:, 0], reason[:, 0], abdomen, ok[:, 1], reason[:, 1]]
    return table(names, 50.0, np.split(np.stack(columns, axis=1), [5500]))


def breaths(chunks: Sequence[Chunk]) -> list[Event]:
    """A breath every 4 s, known 1 s after its end, and a baseline marked in between."""
    events: list[Event] = []
    for chunk in chunks:
        for number, row in enumerate(range(250, len(chunk), 200)):
            end_s = float(chunk.t_s[row - 50])
            events.append(
                BreathCycle(
                    t_s=end_s,
                    decided_s=float(chunk.t_s[row]),
                    arrival_s=float(chunk.arrival_s[row]),
                    breath=number,
                    onset_s=end_s - 4.0,
                    peak_s=end_s - 2.4,
                    end_s=end_s,
                    onset_decided_s=end_s - 3.0,
                    peak_decided_s=end_s - 1.4,
                    end_decided_s=float(chunk.t_s[row]),
                    ti_s=1.6,
                    te_s=2.4,
                    ttot_s=4.0,
                    duty_cycle=0.4,
                    amplitude=1.0,
                    chest_amplitude=1.6 + 0.1 * (number % 3),
                    abdomen_amplitude=2.4,
                    pause_ee_s=0.0,
                    pause_ei_s=0.0,
                    source="both",
                    sigh=False,
                    quality=0.9,
                    reason=0,
                )
            )
    chunk, row = chunks[0], 4000
    arguments = (("end_s", float(chunk.t_s[row])), ("start_s", float(chunk.t_s[row]) - 40.0))
    events.append(
        CommandHeard(
            t_s=float(chunk.t_s[row]),
            decided_s=float(chunk.t_s[row]),
            arrival_s=float(chunk.arrival_s[row]),
            name="baseline",
            arguments=arguments,
        )
    )
    return sorted(events, key=lambda event: event.decided_s)


def jolting() -> list[Chunk]:
    """A belt and a pelvis that feel two jolts, at 50 Hz; the check runs into a pause."""
    random = np.random.default_rng(13)
    t_s = np.arange(1400) / 50.0
    jolt = np.exp(-(((t_s[:, None] - [4.0, 8.0]) / 0.2) ** 2)).sum(axis=1)
    jolt = jolt * np.sin(2 * np.pi * 2.5 * t_s)
    data = np.stack([jolt + np.sin(t_s), 3 * jolt, jolt, 0 * jolt], axis=1)
    data += random.normal(0, 0.01, data.shape)
    names = [("chest_excursion", "N")]
    names += [(f"pelvis_acc_{axis}_mps2", "m/s2") for axis in ("ap", "ml", "up")]
    return table(names, 50.0, np.split(data, [900]))


def asking(chunks: Sequence[Chunk]) -> list[Event]:
    """One check that is answered, one that a pause ends."""
    return [
        CommandHeard(
            t_s=float(chunks[0].t_s[row]) - 0.01,
            decided_s=float(chunks[0].t_s[row]),
            arrival_s=float(chunks[0].arrival_s[row]),
            name="tap_check",
        )
        for row in (30, 600)
    ]


def known(chunks: Sequence[Chunk]) -> list[Event]:
    """The same, in a posture that is calibrated after 30 s and left for another after 80 s."""
    rows = [(float(chunks[0].t_s[row]), float(chunks[0].arrival_s[row])) for row in (1500, 4000)]
    done = CalibrationDone(
        t_s=rows[0][0],
        decided_s=rows[0][0],
        arrival_s=rows[0][1],
        ln_k=0.3,
        ln_k_se=0.1,
        ln_k_isovolume=0.3,
        ln_k_isovolume_se=0.1,
        ln_k_preferential=0.3,
        ln_k_preferential_se=0.2,
        isovolume_r=-0.99,
        isovolume_residual=0.05,
        isovolume_swings=5,
        posture="sit",
        resumed=False,
        words="Calibrated for sit.",
    )
    moved = BeltsChanged(
        t_s=rows[1][0],
        decided_s=rows[1][0],
        arrival_s=rows[1][1],
        reason="posture",
        role="",
        posture=1,
        words="The posture changed.",
    )
    return sorted([*breaths(chunks), done, moved], key=lambda event: event.decided_s)


def guided() -> list[Chunk]:
    """Two belts at 50 Hz: quiet, deep, pushes, chest-led and belly-led breaths, then rest."""
    random = np.random.default_rng(5)
    t_s = np.arange(6500) / 50.0
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * t_s / 4.0)
    push = 1.5 * (0.5 - 0.5 * np.cos(2 * np.pi * (t_s - 35.0) / 3.0))
    step = np.searchsorted(GUIDED_S, t_s + 1.0, side="right")
    chest = np.choose(step, [0.5 * wave, 0.5 * wave, 2 * wave, -push, 0.8 * wave, 0.3 * wave, wave])
    abdomen = np.choose(step, [wave, wave, 3 * wave, push, 0.2 * wave, 0.7 * wave, wave])
    abdomen[6000:6020] = np.nan
    noisy = np.stack([chest, abdomen], axis=1) + random.normal(0, 0.01, (len(t_s), 2))
    ok, tilt = np.ones(len(t_s)), np.zeros((len(t_s), 2))
    ok[6000:6020] = 0
    tilt[5000:5400] = 15.0
    names = [
        *((f"{prefix}_excursion", "N") for prefix in ("chest", "abdomen")),
        *((f"{prefix}_ok", "flag") for prefix in ("chest", "abdomen")),
        *((f"sternum_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")),
    ]
    return table(names, 50.0, np.split(np.column_stack([noisy, ok, ok, tilt]), [5500]))


GUIDED_S = (1.0, 22.0, 36.0, 51.0, 77.0, 105.0)
"""When the steps begin, and when they are over, from the first row on."""


def led(chunks: Sequence[Chunk]) -> list[Event]:
    """The breaths in it, and the commands; the belts are thought to have moved at the end."""
    sizes = [(0.5, 1.0), (2.0, 3.0), (0.0, 0.0), (0.8, 0.2), (0.3, 0.7), (1.0, 1.0)]
    events: list[Event] = []
    for event in breaths(chunks):
        if isinstance(event, BreathCycle):
            step = max(int(np.searchsorted(GUIDED_S, event.onset_s - 1.0)) - 1, 0)
            chest, abdomen = sizes[step]
            changed = {"chest_amplitude": chest, "abdomen_amplitude": abdomen}
            events.append(dataclasses.replace(event, **changed))
    names = ("quiet", "deep", "isovolume", "chest_led", "belly_led", "finish")
    stamps = np.concatenate([chunk.t_s for chunk in chunks])
    arrivals = np.concatenate([chunk.arrival_s for chunk in chunks])
    for name, start_s in zip(names, GUIDED_S, strict=True):
        row = int(np.searchsorted(stamps, start_s))
        events.append(
            CommandHeard(
                t_s=float(stamps[row]) + 0.3,
                decided_s=float(stamps[row]),
                arrival_s=float(arrivals[row]),
                name="calibrate",
                arguments=(("posture", "sit"), ("step", name)),
            )
        )
    for row in (5300, 5700):
        events.append(
            BeltsChanged(
                t_s=float(stamps[row]),
                decided_s=float(stamps[row]),
                arrival_s=float(arrivals[row]),
                reason="posture",
                role="sternum_imu",
                posture=int(row == 5300),
                words="The posture changed.",
            )
        )
    return sorted(events, key=lambda event: event.decided_s)


EXAMPLES = {
    "tap check": Example(TapCheck, jolting, asking),
    "belt quality": Example(
        lambda: BeltQuality(Role.CHEST_BELT),
        lambda: belt(Role.CHEST_BELT),
        reads=("chest_excursion",),
    ),
    "imu quality": Example(
        lambda: ImuQuality(Role.PELVIS_IMU),
        lambda: imu(Role.PELVIS_IMU, judged=False),
        reads=tuple(f"pelvis_acc_{axis}_mps2" for axis in "xyz"),
    ),
    "alignment": Example(
        lambda: Alignment(Role.BACK_IMU),
        bowing,
        guiding,
        reads=("back_ok", *(f"back_gyro_{axis}_dps" for axis in "xyz")),
    ),
    "orientation with gyroscope": Example(
        lambda: Orientation(Role.PELVIS_IMU),
        lambda: imu(Role.PELVIS_IMU),
        reads=("pelvis_ok", *(f"pelvis_gyro_{axis}_dps" for axis in "xyz")),
    ),
    "orientation without": Example(
        lambda: Orientation(Role.STERNUM_IMU),
        lambda: imu(Role.STERNUM_IMU, gyro=False),
        reads=("sternum_ok", *(f"sternum_acc_{axis}_mps2" for axis in "xyz")),
    ),
    "breath of both belts": Example(BreathDetector, breathing),
    "breath of one belt": Example(
        lambda: BreathDetector(("chest_excursion",), cutoff_hz=1.2),
        breathing,
        reads=("chest_excursion",),
        any_unit=True,
    ),
    "donning": Example(Donning, guided, led, reads=("chest_excursion", "abdomen_excursion")),
    "calibration": Example(
        Calibration, guided, led, reads=("chest_excursion", "abdomen_excursion")
    ),
    "separation": Example(
        Separation, breathing, known, reads=("chest_excursion", "abdomen_excursion")
    ),
    **label_examples(breathing, known),
    "breathing from motion": Example(
        lambda: ImuBreath((Role.STERNUM_IMU, Role.ABDOMEN_IMU), Role.BACK_IMU),
        breathing_trunk,
        breathing_in,
        reads=("sternum_rotation_x_deg", "abdomen_imu_ok", "sternum_reason", "back_rotation_z_deg"),
    ),
    "breathing from motion alone": Example(
        lambda: ImuBreath((Role.STERNUM_IMU, Role.ABDOMEN_IMU)),
        breathing_trunk,
        breathing_in,
        reads=("sternum_rotation_x_deg", "abdomen_imu_ok", "sternum_reason"),
    ),
    "belly beside breastbone": Example(RotationRatios, breathing_trunk, both_rates, reads=()),
    "posture": Example(
        lambda: Posture((Role.BACK_IMU, Role.PELVIS_IMU)),
        hinging,
        tasks,
        reads=("back_tilt_ap_deg", "pelvis_tilt_ml_deg", "back_ok"),
    ),
    "rest": Example(lambda: Rest(Role.PELVIS_IMU), working, effort, reads=PELVIS),
    "bracing guard": Example(lambda: BracingGuard(Role.PELVIS_IMU), working, rested, reads=PELVIS),
    "steadiness": Example(lambda: Steadiness(Role.PELVIS_IMU), working, rested, reads=PELVIS),
    "repetitions": Example(
        lambda: Repetitions((Role.BACK_IMU, Role.PELVIS_IMU)),
        hinging,
        tasks,
        reads=("back_tilt_ap_deg", "pelvis_tilt_ml_deg", "pelvis_ok"),
    ),
    "settling": Example(
        lambda: Settling(Role.BACK_IMU), hinging, cues, reads=("back_tilt_ap_deg", "back_ok")
    ),
    **TIMED,
    **WALKED,
    **TONED,
    **SWAYED,
    **HELD,
}
