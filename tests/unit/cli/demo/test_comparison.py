from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from biofeedback.cli.demo.announcing import Announcer
from biofeedback.cli.demo.comparison import compared, intervals_s
from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.running import run_directly
from biofeedback.core.entry import Entry
from biofeedback.session.offline import Analysis, open_session
from biofeedback.session.sessions import open_reader, recording
from firmware_sim.body import Body
from firmware_sim.scenarios import scenario

SECONDS = 40.0


@cache
def recorded(name: str) -> tuple[Analysis, Body, list[Entry]]:
    kit, body = KITS[name], scenario("quiet", SECONDS, 2)
    with TemporaryDirectory() as folder:
        with recording(Path(folder) / "s", kit.description("quiet")) as writer:
            run_directly(kit, kit.firmwares(body, 2), writer, SECONDS, Announcer(body.script))
        return open_session(writer.folder), body, list(open_reader(writer.folder).entries())


def row(words: str, name: str) -> list[str]:
    """What stands behind a name."""
    found = re.search(rf"^{re.escape(name)} +(.*)$", words, re.MULTILINE)
    assert found, words
    return found.group(1).split()


def test_two_belts_find_the_breaths_their_rate_and_their_phase() -> None:
    analysis, body, _ = recorded("clinic")
    words = compared(analysis, body, 0.0)
    measured, true = (float(number) for number in row(words, "rate /min"))
    assert measured == pytest.approx(true, abs=0.5)
    measured, true = (float(number) for number in row(words, "phase °"))
    assert measured == pytest.approx(true, abs=10.0)
    assert row(words, "holds s") == ["none", "none"]
    assert float(row(words, "tilt error °")[0]) < 0.5


def test_a_truth_that_begins_later_is_found_there() -> None:
    analysis, body, _ = recorded("clinic")
    n_matched = int(row(compared(analysis, body, 0.0), "breaths")[0])
    assert int(row(compared(analysis, body, 1.5), "breaths")[0]) < n_matched


def test_one_motion_sensor_is_laid_beside_the_place_it_is_worn_at() -> None:
    analysis, body, _ = recorded("home")
    words = compared(analysis, body, 0.0)
    measured, true = (float(number) for number in row(words, "tilt RMS °"))
    assert measured == pytest.approx(true, rel=0.1)
    assert "not known   share: " in words


def test_the_rate_of_a_motion_sensor_is_laid_beside_that_of_the_same_half_minutes() -> None:
    analysis, body, _ = recorded("home")
    words = compared(analysis, body, 0.0)
    known, _, windows = row(words, "rate known")
    assert 1 <= int(known) <= int(windows)
    measured, true = (float(number) for number in row(words, "rate /min"))
    assert measured == pytest.approx(true, abs=0.5)
    assert float(row(words, "rate error")[0]) < 0.5


def test_intervals_are_laid_beside_the_true_ones() -> None:
    analysis, body, entries = recorded("polar")
    rr_s = intervals_s(entries, "polar/A1B2C3D4")
    assert len(rr_s) > 35
    words = compared(analysis, body, 0.0, rr_s)
    assert float(row(words, "RR error ms")[0]) < 1.0
    measured, true = (float(number) for number in row(words, "heart /min"))
    assert measured == pytest.approx(true, abs=0.5)


def test_no_interval_is_no_heart_rate() -> None:
    analysis, body, _ = recorded("home")
    words = compared(analysis, body, 0.0, np.empty(0))
    assert row(words, "intervals")[0] == "0"
    assert "heart /min" not in words
