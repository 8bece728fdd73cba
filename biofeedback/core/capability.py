"""What can honestly be told with the sensors worn: one table, for the window, the report and docs.

The shipped pipelines follow it (:mod:`biofeedback.signal.setups`); a test feeds every place alone
and looks that nothing is told that is refused here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from biofeedback.core.roles import Role

__all__ = ["MEASURES", "Measure", "Way", "capability", "ways"]

BELTS = frozenset({Role.CHEST_BELT, Role.ABDOMEN_BELT})
BREATHING = frozenset({Role.STERNUM_IMU, Role.ABDOMEN_IMU})
TRUNK = frozenset({Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a measure.

    Parameters
    ----------
    all_of : frozenset of Role
        Every one of these is worn.
    any_of : frozenset of Role
        At least one of these is; empty: none is asked for.
    caveat : str
        What it holds for only; empty when without reserve.
    """

    all_of: frozenset[Role] = frozenset()
    any_of: frozenset[Role] = frozenset()
    caveat: str = ""

    def fits(self, worn: Collection[Role]) -> bool:
        """Tell whether this way is open.

        Parameters
        ----------
        worn : collection of Role
            Whatever is worn.

        Returns
        -------
        fits : bool
        """
        return self.all_of <= set(worn) and (not self.any_of or bool(self.any_of & set(worn)))


@dataclass(frozen=True, slots=True)
class Measure:
    """Something a person may want to know.

    Parameters
    ----------
    name : str
        As people call it.
    page : str
        Its page in ``docs/metrics``, without ending.
    ways : tuple of Way
        The first that fits is used.
    needs : str
        What must be worn; said when no way fits.
    """

    name: str
    page: str
    ways: tuple[Way, ...]
    needs: str


def _one(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


MEASURES = (
    Measure(
        "breathing rate",
        "breath_rate",
        (
            Way(any_of=BELTS),
            Way(
                any_of=BREATHING,
                all_of=_one(Role.PELVIS_IMU),
                caveat="over 30 s; beside slow movement of another rhythm too",
            ),
            Way(
                any_of=BREATHING,
                all_of=_one(Role.BACK_IMU),
                caveat="over 30 s; beside slow movement of another rhythm too",
            ),
            Way(any_of=BREATHING, caveat="over 30 s, at rest"),
        ),
        "a belt, or a motion sensor on sternum or belly",
    ),
    Measure(
        "timing and depth of each breath",
        "breath_timing",
        (Way(any_of=BELTS), Way(any_of=BREATHING, caveat="coarse, at rest")),
        "a belt",
    ),
    Measure(
        "breath holds",
        "hold",
        (Way(any_of=BELTS), Way(any_of=BREATHING, caveat="at rest, sitting still")),
        "a belt",
    ),
    Measure("belly against chest", "belly_share", (Way(all_of=BELTS),), "both belts"),
    Measure(
        "belly beside breastbone",
        "rotation_ratio",
        (Way(all_of=BREATHING, caveat="turn, no volume; change from own start, no belt worn"),),
        "motion sensors on sternum and belly together",
    ),
    Measure("chest and belly in step", "phase_angle", (Way(all_of=BELTS),), "both belts"),
    Measure(
        "belly tone", "belly_tone", (Way(all_of=_one(Role.ABDOMEN_BELT)),), "an abdominal belt"
    ),
    Measure(
        "trunk lean from neutral",
        "tilt",
        (
            Way(any_of=_one(Role.BACK_IMU, Role.STERNUM_IMU)),
            Way(all_of=_one(Role.ABDOMEN_IMU), caveat="the belly moves with every breath"),
        ),
        "a motion sensor on low back or sternum",
    ),
    Measure(
        "pelvis tilt from neutral",
        "tilt",
        (Way(all_of=_one(Role.PELVIS_IMU)),),
        "a motion sensor at the pelvis",
    ),
    Measure(
        "sway",
        "sway",
        (
            Way(any_of=_one(Role.PELVIS_IMU, Role.BACK_IMU)),
            Way(any_of=BREATHING, caveat="breathing is part of it"),
        ),
        "a motion sensor on the trunk",
    ),
    Measure(
        "bending of the low back",
        "posture",
        (Way(all_of=_one(Role.BACK_IMU, Role.PELVIS_IMU)),),
        "motion sensors on low back and pelvis together",
    ),
    Measure(
        "the low back's part of a bend",
        "posture",
        (Way(all_of=_one(Role.BACK_IMU, Role.PELVIS_IMU)),),
        "motion sensors on low back and pelvis together",
    ),
    Measure(
        "turning within a repetition",
        "repetition",
        (Way(any_of=_one(Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU)),),
        "a motion sensor on pelvis, low back or sternum",
    ),
    Measure(
        "bends, lifts and stands counted",
        "repetition",
        (
            Way(any_of=_one(Role.BACK_IMU, Role.STERNUM_IMU)),
            Way(all_of=_one(Role.PELVIS_IMU), caveat="the pelvis' part of the bend alone"),
        ),
        "a motion sensor on low back, sternum or pelvis",
    ),
    Measure(
        "bridges counted",
        "repetition",
        (Way(any_of=_one(Role.PELVIS_IMU, Role.THIGH_IMU, Role.BACK_IMU)),),
        "a motion sensor on pelvis, thigh or low back",
    ),
    Measure(
        "leg exercises counted",
        "repetition",
        (
            Way(all_of=_one(Role.THIGH_IMU)),
            Way(
                all_of=_one(Role.PELVIS_IMU),
                caveat="only those that pull the pelvis by 3° or more",
            ),
        ),
        "a motion sensor on the thigh",
    ),
    Measure(
        "pelvis under a moving leg",
        "repetition",
        (Way(all_of=_one(Role.PELVIS_IMU)),),
        "a motion sensor at the pelvis",
    ),
    Measure(
        "steadiness in a task",
        "steadiness",
        (Way(any_of=TRUNK),),
        "a motion sensor on the trunk",
    ),
    Measure(
        "how long a hold lasts",
        "endurance",
        (Way(any_of=TRUNK),),
        "a motion sensor on the trunk",
    ),
    Measure(
        "steadiness while breathing",
        "bracing_guard",
        (
            Way(all_of=_one(Role.CHEST_BELT), any_of=TRUNK),
            Way(all_of=_one(Role.ABDOMEN_BELT), any_of=TRUNK),
        ),
        "a belt and a motion sensor on the trunk",
    ),
    Measure("step rate", "walk", (Way(any_of=TRUNK),), "a motion sensor on the trunk"),
    Measure(
        "timing of belly beside arm",
        "onset_timing",
        (Way(all_of=_one(Role.ABDOMEN_BELT, Role.ARM_IMU)),),
        "an abdominal belt and a motion sensor on the arm",
    ),
)
"""Every measure, in the order it is told."""

NEVER = "litres, which muscle does it, or when a muscle begins"
MISSED = (
    "breathing rate",
    "belly against chest",
    "steadiness in a task",
    "steadiness while breathing",
)
"""What most people look for: said when it cannot be told. The rest stands in docs/trunk.md."""


def ways(worn: Collection[Role]) -> dict[str, Way | None]:
    """Return how each measure is told.

    Parameters
    ----------
    worn : collection of Role
        Whatever is worn.

    Returns
    -------
    ways : dict of str to Way or None
        By the measure's name; None where it is not told.
    """
    return {one.name: next((way for way in one.ways if way.fits(worn)), None) for one in MEASURES}


def capability(worn: Collection[Role]) -> str:
    """Say what a kit can and cannot tell, in two sentences.

    Parameters
    ----------
    worn : collection of Role
        What is worn.

    Returns
    -------
    words : str
    """
    found = ways(worn)
    can = [
        f"{name} ({way.caveat})" if way.caveat else name
        for name, way in found.items()
        if way is not None
    ]
    needs = {one.name: one.needs for one in MEASURES}
    cannot = [f"{name} (needs {needs[name]})" for name in MISSED if found[name] is None]
    words = f"Can tell: {'; '.join(can)}. " if can else ""
    return f"{words}Cannot tell: {'; '.join([*cannot, NEVER])}."
