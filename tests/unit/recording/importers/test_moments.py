from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from biofeedback.recording.importers.moments import is_clock, seconds_of, unwrap_midnight


def seconds(*texts: str) -> list[float]:
    return list(seconds_of(pd.Series(list(texts))))


@pytest.mark.parametrize(
    "pair",
    [
        ("2025-05-14T10:30:27.027321", "2025-05-14T10:30:28.527321"),
        ("2025-05-14 10:30:27.0", "2025-05-14 10:30:28.5"),
        ("2025-05-14T10:30:27Z", "2025-05-14T10:30:28.500Z"),
        ("2025-05-14T10:30:27+02:00", "2025-05-14T10:30:28.500+02:00"),
        ("2025-05-14T23:59:59,500", "2025-05-15T00:00:01,000"),
        ("05/14/2025 10:30:27.000 AM", "05/14/2025 10:30:28.500 AM"),
        ("14.05.2025 10:30:27.000", "14.05.2025 10:30:28.500"),
        ("10:30:27", "10:30:28.5"),
        ("10:30:27,0", "10:30:28,5"),
        ("9:59:59.5 AM", "10:00:01.0 AM"),
    ],
)
def test_a_second_and_a_half(pair: tuple[str, str]) -> None:
    first, second = seconds(*pair)
    assert second - first == pytest.approx(1.5, abs=1e-6)


def test_zones_that_change_are_taken_into_account() -> None:
    summer, winter = seconds("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00")
    assert winter - summer == 3600


def test_day_comes_first_with_points() -> None:
    first, second = seconds("03.02.2026 10:00:00", "04.02.2026 10:00:00")
    assert second - first == 86400


def test_minutes_without_seconds() -> None:
    assert seconds("10:30", "10:31") == [37800.0, 37860.0]


def test_what_is_no_moment_is_nan() -> None:
    values = seconds("10:30:27", "", "pause", "10:30:29")
    assert np.isnan(values[1:3]).all()
    assert values[3] - values[0] == 2.0


def test_a_clock_runs_on_past_midnight() -> None:
    values = np.array([86398.0, np.nan, 86399.5, 0.5, 1.0])
    unwrapped = unwrap_midnight(values)
    np.testing.assert_allclose(unwrapped[[0, 2, 3, 4]], [86398.0, 86399.5, 86400.5, 86401.0])
    assert np.isnan(unwrapped[1])


def test_a_small_step_back_is_no_midnight() -> None:
    assert unwrap_midnight(np.array([10.0, 9.5])).tolist() == [10.0, 9.5]


def test_a_clock_has_no_date() -> None:
    assert is_clock(" 9:30")
    assert not is_clock("2025-05-14 10:30")
