"""What the terminal shows, as text."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from biofeedback.cli.terminal import TerminalView, braille_trace, render
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.kernel import Kernel
from biofeedback.session.live import Live
from biofeedback.session.snapshot import LinkStatus, Snapshot
from tests.unit.report.made import DEVICE, made_entries
from tests.unit.session.tasked import alerted, announced, repeated


def text_of(live: Live) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    console.print(render(live, "demo", 100))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def followed() -> Live:
    live = Live()
    snapshot = Kernel({DEVICE: Imported()}).feed_all(made_entries())[-1]
    assert isinstance(snapshot, Snapshot)
    live.update_snapshot(snapshot)
    return live


def test_a_rising_line_rises_from_the_lower_left() -> None:
    lines = braille_trace(np.linspace(0, 1, 200), 10, 2)
    assert [len(line) for line in lines] == [10, 10]
    assert lines[0][0] == "\u2800"
    assert lines[1][0] != "\u2800"
    assert lines[0][-1] != "\u2800"
    assert lines[1][-1] == "\u2800"


def test_a_gap_is_left_empty_and_nothing_is_drawn_of_nothing() -> None:
    values = np.concatenate((np.ones(50), np.full(100, np.nan), np.zeros(50)))
    middle = [line[4:6] for line in braille_trace(values, 10, 2)]
    assert middle == ["\u2800" * 2] * 2
    assert set("".join(braille_trace(np.full(9, np.nan), 4, 1))) == {"\u2800"}


def test_known_numbers_are_shown_with_units() -> None:
    text = text_of(followed())
    assert "15.0 per min" in text
    assert "phase angle   +9" in text
    assert "as at your baseline" in text


def test_nothing_known_is_called_unknown_not_zero() -> None:
    text = text_of(Live())
    assert "breath rate   unknown" in text
    assert "trunk: unknown" in text


def test_a_lost_sensor_is_named_with_its_reason() -> None:
    live = Live()
    nan = float("nan")
    live.links = (
        LinkStatus(
            "godirect/1", "lost", "out of reach", False, "", "", "", (), nan, nan, 90, 10, 0, nan
        ),
    )
    text = text_of(live)
    assert "⊗ lost: out of reach" in text
    assert "10.0 %" in text


def test_without_a_terminal_nothing_is_drawn_but_all_is_followed() -> None:
    with TerminalView("demo") as view:
        view.show(Snapshot(3.0, {}, (), (), ()))
    assert view.live.now_s == 3.0


def test_a_task_is_shown_with_its_numbers_and_one_cue() -> None:
    live = followed()
    live.task.hear(announced(live.now_s - 42.0, "heel_slide", "left"))
    live.task.hear(repeated(live.now_s, "heel_slide", 6))
    live.task.hear(alerted(live.now_s))
    text = text_of(live)
    assert "heel slide    42 s" in text
    assert "Counted        unknown (no sensor worn shows it)" in text
    assert "soften, keep breathing" in text
    live.task.hear(announced(live.now_s, ""))
    assert "heel slide" not in text_of(live)
