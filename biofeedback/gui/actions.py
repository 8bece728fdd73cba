"""Everything a key can do, in one table: menus, the sheet of keys and the marker bar use it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACTIONS", "MARKERS", "Action"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does.

    Parameters
    ----------
    name : str
        What the window calls it.
    key : str
        Qt key sequence.
    words : str
        What it does.
    page : str
        Where it works: a page, or ``everywhere``.
    """

    name: str
    key: str
    words: str
    page: str = "everywhere"


MARKERS = (
    ("P", "position"),
    ("C", "cough"),
    ("T", "talk"),
    ("A", "pain"),
    ("Q", "cue"),
    ("M", "custom"),
)
"""Markers by single keys."""

ACTIONS = (
    Action("sensors", "Ctrl+1", "Sensors"),
    Action("live", "Ctrl+2", "Live"),
    Action("review", "Ctrl+3", "Review"),
    Action("open", "Ctrl+O", "Open a recorded session"),
    Action("palette", "Ctrl+K", "Find an action by its words"),
    Action("keys", "F1", "This sheet of keys"),
    Action("person", "F11", "Person screen, full screen"),
    Action("save", "Ctrl+Shift+S", "Stop and save the recording"),
    Action("scan", "R", "Search for sensors again", "sensors"),
    Action("record", "S", "Start recording", "sensors"),
    Action("calibrate", "C", "Calibrate what is worn", "sensors"),
    Action("step", "Space", "Begin the step, or break it off", "calibrate"),
    Action("repeat", "R", "Repeat the step", "calibrate"),
    Action("skip", "S", "Go on without the step", "calibrate"),
    Action("leave", "Esc", "Back to the sensors; finished steps are kept", "calibrate"),
    *(Action(f"mark {words}", key, f"Mark: {words}", "live") for key, words in MARKERS),
    Action("note", "N", "Write a note", "live"),
    Action("task", "K", "Choose a task", "live"),
    Action("task over", "E", "The task is over", "live"),
    Action("baseline", "B", "Take the last minute as own baseline", "live"),
    Action("uncover", "V", "Show traces before the quiet baseline, or hide them", "live"),
    Action("explain", "?", "What the focused number is", "live"),
    Action("window", "Z", "Length of the time axis: 30, 60, 120 s", "live"),
    Action("play", "Space", "Play or pause", "review"),
    Action("back", "Left", "5 s back", "review"),
    Action("forward", "Right", "5 s forward", "review"),
    Action("breath back", ",", "One breath back", "review"),
    Action("breath forward", ".", "One breath forward", "review"),
    Action("begin", "Home", "To the beginning", "review"),
    Action("end", "End", "To the end", "review"),
)
"""Every action, in the order of the sheet."""
