"""What is printed and typed, with the instrument's answers made by hand.

The whole way, with a simulated person, is in tests/twin/test_guided_calibration.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pytest

from biofeedback.cli.guiding import Lines, lead
from biofeedback.core.entry import Command
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.session.guide import Guide
from tests.unit.session.guided_events import aligned


class Terminal:
    """Types what it is told to at given seconds, and keeps what was printed."""

    def __init__(self, keys: dict[float, str], answers: Iterable[Event] = ()) -> None:
        self.keys = dict(keys)
        self.answers = list(answers)
        self.now_s = 0.0
        self.told = 0
        self.given: list[object] = []
        self.said: list[str] = []

    def now_ns(self) -> int:
        return round(self.now_s * 1e9)

    def give(self, commands: Iterable[Command]) -> None:
        self.given += [command.arguments.get("step", command.name) for command in commands]

    def wait(self) -> Sequence[Event]:
        self.now_s += 0.5
        assert self.now_s < 200.0, "it does not end"
        asked = self.given.count("finish")
        told, self.told = self.answers[self.told : asked], asked
        return told

    def typed(self) -> str | None:
        due = [at_s for at_s in self.keys if at_s <= self.now_s]
        return self.keys.pop(due[0]) if due else None

    def lead(self, *worn: Role) -> str:
        guide = Guide(worn)
        lead(guide, self.now_ns, self.give, self.wait, self.typed, self.said.append)
        return "\n".join(self.said)


def test_sentences_are_printed_when_they_are_due() -> None:
    terminal = Terminal({1.0: ""}, [aligned("pelvis_imu")])
    words = terminal.lead(Role.PELVIS_IMU)
    assert terminal.given == ["still", "bow", "finish"]
    assert "Nothing here is forced" in words
    assert words.index("► Stand or sit tall, and still.  6 s") < words.index("► Bow forward")
    assert words.count("✓ Pelvis sensor: Aligned by 3 bows.") == 1


def test_a_step_that_was_not_accepted_is_offered_again() -> None:
    answers = [aligned("pelvis_imu", ok=False), aligned("pelvis_imu")]
    terminal = Terminal({1.0: "", 40.0: ""}, answers)
    words = terminal.lead(Role.PELVIS_IMU)
    assert "○ Pelvis sensor: 1 bows were seen." in words
    assert "✓ Pelvis sensor: Aligned by 3 bows." in words
    assert words.count("Stand tall, then three bows") == 2


def test_enter_breaks_a_step_off_and_s_leaves_it_out() -> None:
    terminal = Terminal({1.0: "", 3.0: "", 5.0: "s"})
    words = terminal.lead(Role.PELVIS_IMU)
    assert terminal.given == ["still", "finish"]
    assert "Left out." in words


@pytest.mark.parametrize("at_s", [1.0, 4.0])
def test_q_ends_it_at_once(at_s: float) -> None:
    terminal = Terminal({0.5: "", at_s: "q"})
    terminal.lead(Role.CHEST_BELT, Role.ABDOMEN_BELT)
    assert terminal.given == ["quiet", "pause"]
    assert terminal.now_s <= at_s


def test_lines_are_read_in_the_background() -> None:
    lines = Lines(io.StringIO(" S \n\n"))
    taken: list[str] = []
    while "q" not in taken:  # which the end of the source gives
        line = lines.take()
        taken += [] if line is None else [line]
    assert taken == ["s", "", "q"]
    assert lines.take() is None
