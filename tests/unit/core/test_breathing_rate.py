from __future__ import annotations

import math
from pathlib import Path

from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.stream import Event

PAGE = Path(__file__).parents[3] / "docs" / "metrics" / "imu_breathing.md"


def test_every_state_and_direction_is_explained_on_its_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    states = ("known", "moving", "unclear", "not_separable", "unconfirmed", "missing")
    for word in (*states, "guided", "mounting", "unknown"):
        assert f"`{word}`" in page


def test_a_rate_that_is_not_known_is_no_number() -> None:
    event = BreathingRate(
        t_s=30.0,
        decided_s=30.0,
        arrival_s=30.1,
        role="sternum_imu",
        start_s=0.0,
        rate_per_min=math.nan,
        quality_pct=0.0,
        state="moving",
        size_deg=math.nan,
        direction="unknown",
        reference="",
    )
    assert isinstance(event, Event)
    assert math.isnan(event.rate_per_min)
