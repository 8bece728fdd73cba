"""The guided calibration in a terminal: what to do is printed, the keyboard says when."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from biofeedback.core.entry import Command
from biofeedback.core.stream import Event
from biofeedback.session.guide import Guide
from biofeedback.session.guide_steps import SAFETY, Cue

__all__ = ["Lines", "lead"]

KEYS = "Enter begins, s leaves it out, q ends."


class Lines:
    """Reads lines without making anybody wait for them.

    Parameters
    ----------
    source : text file or None
        Where from; None is the keyboard.
    """

    def __init__(self, source: TextIO | None = None) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._source = source or sys.stdin
        threading.Thread(target=self._read, name="biofeedback-lines", daemon=True).start()

    def _read(self) -> None:
        for line in self._source:
            self._lines.put(line.strip().lower())
        self._lines.put("q")

    def take(self) -> str | None:
        """Return the next line; None when none was typed, ``q`` after the end."""
        try:
            return self._lines.get_nowait()
        except queue.Empty:
            return None


def lead(
    guide: Guide,
    now_ns: Callable[[], int],
    give: Callable[[Iterable[Command]], None],
    wait: Callable[[], Sequence[Event]],
    typed: Callable[[], str | None],
    say: Callable[[str], None] = print,
) -> None:
    """Lead through every step, until all is over or somebody ends it.

    Parameters
    ----------
    guide : Guide
        At its beginning.
    now_ns : callable
        The host's time.
    give : callable
        Gives commands to the instrument.
    wait : callable
        Waits a moment and returns what the instrument said meanwhile.
    typed : callable
        Returns a line that was typed, or None.
    say : callable
        Prints a line.
    """
    say(f"{SAFETY}\nAbout {guide.left_s() / 60.0:.0f} minutes. {KEYS}")
    announced: object = None
    cue: Cue | None = None
    while guide.step is not None:
        step = guide.step
        if guide.phase == "ready" and (step, guide.said) != announced:
            announced, cue = (step, guide.said), None
            if guide.said is not None:
                say(f"  {'✓' if guide.said.well else '○'} {guide.said.words}")
            say(f"\n{step.title} ({step.seconds:.0f} s)\n  {step.why}\n  {step.cues[0].words}")
        line = typed()
        if line == "q":
            give(guide.stop(now_ns()))
            break
        if line == "s":
            give(guide.skip(now_ns()))
        elif line is not None and guide.phase == "going":
            give(guide.stop(now_ns()))
            announced = None
        elif line is not None:
            give(guide.begin(now_ns()))
        give(guide.tick(now_ns()))
        elapsed_s = guide.elapsed_s(now_ns())
        if guide.phase == "going" and step.cue(elapsed_s) is not cue:
            cue = step.cue(elapsed_s)
            say(f"  ► {cue.words}  {step.until_s(elapsed_s) - cue.at_s:.0f} s")
        give(guide.hear(wait(), now_ns()))
    if guide.said is not None:
        say(f"  {'✓' if guide.said.well else '○'} {guide.said.words}")
    if guide.result is not None:
        say(f"  {guide.result.words}")
