"""What a screen shows: words, numbers, positions, colours by name. No Qt, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.session.task_readings import TaskReading

__all__ = [
    "Banner",
    "Flag",
    "Gap",
    "GaugeState",
    "LampState",
    "Line",
    "LoopState",
    "Motion",
    "NumberState",
    "PersonState",
    "Quality",
    "QualityWord",
    "Readout",
    "TaskState",
    "TraceMark",
    "TraceState",
    "TrunkState",
]

QualityWord = Literal["good", "doubtful", "unknown", "lost"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a value or a sensor can be trusted.

    Parameters
    ----------
    word : {"good", "doubtful", "unknown", "lost"}
        The mark drawn, and the word beside it.
    reason : str
        Why; empty when good.
    """

    word: QualityWord
    reason: str = ""

    @property
    def text(self) -> str:
        """The word, with the reason where there is one."""
        return f"{self.word}: {self.reason}" if self.reason else self.word


@dataclass(frozen=True, slots=True)
class LampState:
    """One sensor in the status bar and on its card.

    Parameters
    ----------
    device_id : str
        Driver and address.
    name : str
        Where it is worn, or what it is.
    role : Role or None
        Its role.
    quality : Quality
        Its lamp.
    rate, loss, battery : str
        With units, or an en dash.
    clock, jitter : str
        How well its time is known, and how unevenly its packets come, ms; or an en dash.
    detail : str
        What the device is called.
    """

    device_id: str
    name: str
    role: Role | None
    quality: Quality
    rate: str
    loss: str
    battery: str
    clock: str
    jitter: str
    detail: str


@dataclass(frozen=True, slots=True)
class NumberState:
    """A number with its quality.

    Parameters
    ----------
    title : str
        What it is.
    text : str
        The number, or "unknown".
    unit : str
        Its unit; empty for a ratio.
    error : str
        Its uncertainty, or empty.
    quality : Quality
        How far it can be trusted.
    """

    title: str
    text: str
    unit: str
    error: str
    quality: Quality

    @property
    def spoken(self) -> str:
        """Everything in one sentence, for those who listen."""
        error = self.error.replace("±", "plus or minus ")
        parts = (self.title, self.text, self.unit, error)
        return f"{' '.join(part for part in parts if part)}, {self.quality.text}"


@dataclass(frozen=True, slots=True)
class Line:
    """One signal on the time axis.

    Parameters
    ----------
    name : str
        Written at its end.
    colour : str
        Role in the palette.
    t_s, values : ndarray, shape (n_samples,)
        Session time, s; values above the end-expiratory level, in the plot's unit.
    level : float
        That level.
    """

    name: str
    colour: str
    t_s: FloatArray
    values: FloatArray
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class TraceMark:
    """Onset of a breath.

    Parameters
    ----------
    t_s : float
        When, s.
    confirmed : bool
        A hollow mark may still be taken back.
    """

    t_s: float
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """What a person marked or noted.

    Parameters
    ----------
    t_s : float
        When, s.
    words : str
        What.
    """

    t_s: float
    words: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a signal.

    Parameters
    ----------
    start_s, end_s : float
        From when to when, s.
    words : str
        Which and how long.
    lost : bool
        It is still going on.
    """

    start_s: float
    end_s: float
    words: str
    lost: bool


@dataclass(frozen=True, slots=True)
class TraceState:
    """Breathing on a time axis.

    Parameters
    ----------
    now_s : float
        Right end of the axis, s.
    window_s : float
        Length of the axis, s.
    unit : str
        Of the vertical axis.
    low, high : float
        Ends of the vertical axis.
    lines : tuple of Line
        Signals.
    inspirations : tuple of (float, float)
        Shaded stretches, s.
    marks : tuple of TraceMark
        Breath onsets.
    flags : tuple of Flag
        Marks and notes.
    gaps : tuple of Gap
        Hatched stretches.
    empty : str
        What to say when there is nothing to draw.
    """

    now_s: float
    window_s: float
    unit: str
    low: float
    high: float
    lines: tuple[Line, ...]
    inspirations: tuple[tuple[float, float], ...]
    marks: tuple[TraceMark, ...]
    flags: tuple[Flag, ...]
    gaps: tuple[Gap, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class LoopState:
    """Chest against abdomen of the last breaths.

    Parameters
    ----------
    breath : int
        Number of the newest breath; −1 when there is none. Drawn anew when it changes.
    loops : tuple of (ndarray, ndarray)
        Abdomen and chest of each breath, oldest first, from its onset.
    unit : str
        Of both axes.
    phase : str
        Phase angle in words.
    phase_deg : float
        The same as a number, degrees; NaN when unknown.
    held : str
        Why it is not going on; empty when it is.
    """

    breath: int
    loops: tuple[tuple[FloatArray, FloatArray], ...]
    unit: str
    phase: str
    phase_deg: float
    held: str


@dataclass(frozen=True, slots=True)
class GaugeState:
    """Belly against chest beside the own baseline.

    Parameters
    ----------
    position : float
        −1 (chest) to 1 (belly), 0 at the baseline; NaN when unknown.
    error : float
        Half width of the 95 % interval on the same scale.
    """

    position: float
    error: float


@dataclass(frozen=True, slots=True)
class TrunkState:
    """Where the trunk leans.

    Parameters
    ----------
    site : str
        Which sensor.
    ap_deg, ml_deg : ndarray, shape (n_points,)
        Trail of the last seconds, newest last, degrees; forward and right are positive.
    ellipse : tuple of float or None
        Own 95 % ellipse of the last minute: centre ML, centre AP, semi-axes, degrees, and the
        angle of the first axis from ML towards AP, degrees.
    quality : Quality
        How far it can be trusted.
    """

    site: str
    ap_deg: FloatArray
    ml_deg: FloatArray
    ellipse: tuple[float, float, float, float, float] | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class PersonState:
    """What the person who trains sees.

    Parameters
    ----------
    chest, abdomen : float
        Depth of breathing, 0 at rest, 1 at the own usual depth, at most 1.3; NaN shows only an
        outline.
    ball : tuple of float or None
        Where the dot is, right and forward, 1 at the edge of the own band.
    trail : ndarray, shape (n_points, 2)
        Where it was.
    frozen : bool
        Trunk and breath are held: the ring thickens.
    sentence, help : str
        One sentence; one line of help when something is wrong.
    paused : str
        Which compartment has no signal: ``chest``, ``abdomen`` or empty.
    time : str
        Minutes and seconds.
    """

    chest: float
    abdomen: float
    ball: tuple[float, float] | None
    trail: FloatArray
    frozen: bool
    sentence: str
    help: str
    paused: str
    time: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Something is wrong and goes on.

    Parameters
    ----------
    title : str
        What, and since when.
    words : str
        What it means and what is being done.
    advice : str
        What the reader can do.
    word : {"good", "doubtful", "unknown", "lost"}
        The mark before it.
    """

    title: str
    words: str
    advice: str
    word: QualityWord = "lost"


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task: how long, what is read of it, what would help.

    Parameters
    ----------
    name : str
        As announced; empty when none goes on.
    words : str
        Task, side and time; empty before the first.
    cue : str
        One thing to say; empty when there is nothing.
    readings : tuple of TaskReading
        Its numbers.
    """

    name: str = ""
    words: str = ""
    cue: str = ""
    readings: tuple[TaskReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Motion:
    """What changes with every frame.

    Parameters
    ----------
    trace : TraceState
        Breathing.
    lean, tone : TraceState
        Forward lean of the trunk, and belly tone, on the same time axis.
    trunk : TrunkState
        Trunk.
    person : PersonState
        The person's screen.
    """

    trace: TraceState
    lean: TraceState
    tone: TraceState
    trunk: TrunkState
    person: PersonState


@dataclass(frozen=True, slots=True)
class Readout:
    """What is read, and changes twice a second.

    Parameters
    ----------
    share, rate, duty, pause, step, flexion, lateral, sway, tone : NumberState
        Numbers.
    gauge : GaugeState
        Beside the share.
    loop : LoopState
        Chest against abdomen.
    lamps : tuple of LampState
        Every sensor.
    banner : Banner or None
        What is wrong.
    task : TaskState
        The task that is going on.
    """

    share: NumberState
    rate: NumberState
    duty: NumberState
    pause: NumberState
    step: NumberState
    flexion: NumberState
    lateral: NumberState
    sway: NumberState
    tone: NumberState
    gauge: GaugeState
    loop: LoopState
    lamps: tuple[LampState, ...]
    banner: Banner | None
    task: TaskState
