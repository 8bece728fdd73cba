"""Leads through a calibration in a session that goes on, and keeps what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.session.guide import Guide
from biofeedback.session.last_calibration import Belts, Comparison, compare_and_keep
from biofeedback.session.studio import Studio

__all__ = ["Guiding", "guided"]


def guided(studio: Studio, posture: str) -> Guiding:
    """Begin to lead through a calibration of what is worn now.

    Parameters
    ----------
    studio : Studio
        Where it is worn.
    posture : str
        As the person names it.

    Returns
    -------
    guiding : Guiding
    """
    worn = {role: device_id for device_id, role in studio.roles.items()}
    belts = None
    if {Role.CHEST_BELT, Role.ABDOMEN_BELT} <= set(worn):
        belts = Belts(studio.person, worn[Role.CHEST_BELT], worn[Role.ABDOMEN_BELT], posture)
    return Guiding(Guide(worn, posture), belts, lambda: studio.now_ns, studio.give)


class Guiding:
    """A guide at work.

    Parameters
    ----------
    guide : Guide
        At its beginning.
    belts : Belts or None
        Whose belts; None where there are not two.
    now_ns : callable
        The host's time.
    give : callable
        Gives commands to the instrument, in order.

    Attributes
    ----------
    guide : Guide
        Where it is.
    comparison : Comparison or None
        Whether the belts compare as they did last time; None until it is known.
    """

    def __init__(
        self,
        guide: Guide,
        belts: Belts | None,
        now_ns: Callable[[], int],
        give: Callable[..., None],
    ) -> None:
        self.guide = guide
        self.comparison: Comparison | None = None
        self._belts = belts
        self._now_ns = now_ns
        self._give = give

    @property
    def now_ns(self) -> int:
        """The host's time."""
        return self._now_ns()

    def begin(self) -> None:
        """Begin the step that is ready."""
        self._give(*self.guide.begin(self._now_ns()))

    def stop(self) -> None:
        """Break the step off; what was finished is kept."""
        self._give(*self.guide.stop(self._now_ns()))

    def repeat(self) -> None:
        """Begin the step anew, from its first sentence."""
        self.stop()
        self.begin()

    def skip(self) -> None:
        """Go on without this step."""
        self._give(*self.guide.skip(self._now_ns()))

    def tick(self) -> None:
        """Let time pass."""
        self._give(*self.guide.tick(self._now_ns()))

    def hear(self, events: Iterable[Event]) -> None:
        """Take what the instrument says; a calibration that was finished is kept for next time.

        Parameters
        ----------
        events : iterable of Event
            All of a snapshot.
        """
        before = self.guide.result
        self._give(*self.guide.hear(events, self._now_ns()))
        done = self.guide.result
        if done is None:
            self.comparison = None
        elif done is not before and self._belts is not None:
            self.comparison = compare_and_keep(done, self._belts, date.today().isoformat())
