"""Arrays in, the same analysis out."""

from __future__ import annotations

import numpy as np
import pytest

import biofeedback
from biofeedback import Stream, analyze_arrays
from biofeedback.core.errors import ImportedDataError

T_S = np.arange(0, 90, 0.04)
CHEST = np.sin(2 * np.pi * 0.25 * T_S)
ABDOMEN = 2 * np.sin(2 * np.pi * 0.25 * (T_S + 0.2))


def test_both_belts_give_rate_and_phase() -> None:
    summary = analyze_arrays(chest=(T_S, CHEST), abdomen=(T_S, ABDOMEN)).summary
    assert summary["breathing"]["breath_rate_per_min"] == pytest.approx(15.0, abs=0.1)  # type: ignore[index]
    assert summary["share"]["phase_angle_deg"] == pytest.approx(18.0, abs=1.0)  # type: ignore[index]


def test_one_belt_at_another_rate_and_start_is_enough() -> None:
    t_s = 1e6 + np.arange(0, 60, 0.1)
    analysis = analyze_arrays(abdomen=(t_s, np.sin(2 * np.pi * 0.2 * t_s)))
    rate = analysis.summary["breathing"]["breath_rate_per_min"]  # type: ignore[index]
    assert rate == pytest.approx(12.0, abs=0.1)


def test_a_motion_sensor_beside_belts_gives_tilt() -> None:
    t_s = np.arange(0, 60, 0.01)
    lean = np.deg2rad(5.0) * (t_s > 30)
    # Worn on the back: its face points backwards, so leaning forward turns up towards its face.
    acc = 9.80665 * np.column_stack((np.zeros_like(t_s), np.cos(lean), np.sin(lean)))
    acc += np.random.default_rng(1).normal(0, 0.01, acc.shape)
    analysis = analyze_arrays(
        {"chest": Stream(T_S, CHEST), "pelvis.acc": Stream(t_s, acc, "acc", "m/s2")}
    )
    tilt_deg = analysis.table.column("pelvis_tilt_ap_deg")
    assert tilt_deg[50 * 50] == pytest.approx(5.0, abs=0.1)
    assert abs(tilt_deg[20 * 50]) < 0.1


def test_an_inverted_belt_is_turned_over() -> None:
    straight = analyze_arrays(chest=(T_S, CHEST))
    turned = analyze_arrays({"chest": Stream(T_S, -CHEST, invert=True)})
    assert [b.peak_s for b in straight.breaths] == [b.peak_s for b in turned.breaths]


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ({}, "no stream"),
        ({"chest": Stream(T_S, CHEST[:-1])}, "shape"),
        ({"chest": Stream(T_S, np.column_stack((CHEST, CHEST)))}, "takes 1 columns"),
        ({"pelvis.acc": Stream(T_S, np.ones((len(T_S), 3)) * 40, "acc")}, "--unit"),
        ({"chest": Stream(T_S, np.full(len(T_S), np.nan))}, "no number"),
        ({"chest": Stream(np.zeros(len(T_S)), CHEST)}, "share"),
        ({"chest": Stream(T_S / 1e6, CHEST)}, "sampled at"),
    ],
)
def test_what_does_not_fit_is_said(streams: dict[str, Stream], words: str) -> None:
    with pytest.raises(ImportedDataError, match=words):
        analyze_arrays(streams)


def test_giving_a_belt_twice_is_said() -> None:
    with pytest.raises(ImportedDataError, match="twice"):
        analyze_arrays({"chest": Stream(T_S, CHEST)}, chest=(T_S, CHEST))


def test_public_names_are_there_and_others_are_not() -> None:
    for name in biofeedback.__all__:
        assert getattr(biofeedback, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        _ = biofeedback.nothing
