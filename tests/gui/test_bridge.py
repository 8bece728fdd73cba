"""Pulls, presents, measures."""

from __future__ import annotations

from concurrent.futures import Future

from pytestqt.qtbot import QtBot

from biofeedback.gui.bridge import Bridge
from biofeedback.gui.states import Motion, Readout
from biofeedback.session.studio import Studio


def test_what_is_asked_comes_back_on_this_thread(qtbot: QtBot, studio: Studio) -> None:
    bridge = Bridge(studio)
    got: list[int] = []
    told: list[str] = []
    good: Future[int] = Future()
    bad: Future[int] = Future()
    bridge.ask(good, got.append)
    bridge.ask(bad, None, told.append)
    bridge.look()
    assert (got, told) == ([], [])
    good.set_result(3)
    bad.set_exception(ValueError("no"))
    bridge.look()
    assert (got, told) == ([3], ["no"])


def test_ticks_alone_are_presented(qtbot: QtBot, studio: Studio) -> None:
    bridge = Bridge(studio)
    told: list[object] = []
    bridge.moved.connect(told.append)
    bridge.read.connect(told.append)
    bridge.start()
    qtbot.waitUntil(lambda: {type(one) for one in told} == {Motion, Readout}, timeout=10_000)
    bridge.stop()
