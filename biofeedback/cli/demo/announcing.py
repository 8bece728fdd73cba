"""What a therapist would announce while the simulated person follows the script."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from biofeedback.core.entry import Command
from biofeedback.core.task_words import TASK_WORDS

if TYPE_CHECKING:
    from firmware_sim.script import Script

__all__ = ["Announcer"]

AFTER_S = 1.0
"""An exercise is announced when the person is in position, just before the first movement."""


class Announcer:
    """Gives each command once its time has come.

    Parameters
    ----------
    script : Script
        What the person does.
    """

    def __init__(self, script: Script) -> None:
        self._waiting: list[tuple[float, str, str]] = []
        for at_s, phase in script.starts_s():
            exercise = phase.exercise
            if exercise is not None and exercise.kind in TASK_WORDS:
                self._waiting.append((at_s + AFTER_S, exercise.kind, exercise.side))
            elif self._waiting and self._waiting[-1][1]:
                self._waiting.append((at_s, "", ""))

    def due(self, now_s: float, stamp_ns: Callable[[], int]) -> list[Command]:
        """Return what is to be announced now.

        Parameters
        ----------
        now_s : float
            Time since the person began, s.
        stamp_ns : callable
            Time of the session's clock, ns.

        Returns
        -------
        commands : list of Command
        """
        commands = []
        while self._waiting and self._waiting[0][0] <= now_s:
            _, name, side = self._waiting.pop(0)
            commands.append(Command(stamp_ns(), "task", {"name": name, "side": side}))
        return commands
