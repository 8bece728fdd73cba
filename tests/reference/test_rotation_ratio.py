"""Two motion sensors through their bytes: belly beside breastbone follows the simulated body."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.trunk_session import run
from biofeedback.core.results import RotationRatio
from biofeedback.core.roles import Role
from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Phase, Script

HALF_S, SETTLED_S = 120.0, 5.0


def turn(body: Body, begin_s: float) -> float:
    """Log of how the belly really turns beside the sternum, over two minutes."""
    t_s = np.arange(begin_s + SETTLED_S, begin_s + HALF_S, 0.05)
    belly, sternum = (np.std(body.trunk(at, t_s).tilt_deg[:, 0]) for at in ("abdomen", "sternum"))
    return float(np.log(belly / sternum))


@pytest.mark.parametrize(("share", "differs"), [(0.55, False), (0.35, True), (0.75, True)])
def test_a_change_of_share_turns_the_belly_more_or_less(share: float, differs: bool) -> None:
    first = dataclasses.replace(QUIET, rib_share=0.55)
    then = dataclasses.replace(QUIET, rib_share=share)
    phases = (
        Phase("first", HALF_S, first, sway_deg=0.1),
        Phase("then", HALF_S, then, sway_deg=0.1),
    )
    body = Body(Script(phases), 1)
    events = run(body, (Role.STERNUM_IMU, Role.ABDOMEN_IMU), 1).events
    late = [e for e in events if isinstance(e, RotationRatio) and e.start_s > HALF_S + SETTLED_S]
    known = [one for one in late if np.isfinite(one.change)]
    assert len(known) >= 0.8 * len(late) > 10
    true = turn(body, HALF_S) - turn(body, 0.0)
    assert np.median([one.change for one in known]) == pytest.approx(true, abs=0.2)
    assert np.mean([one.differs is differs for one in known]) > 0.9
