from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.frame import Frame

# The body's forward, right, up in the axes of a sensor with its face outwards and y up.
FRONT = {"forward": (0, 0, 1), "right": (-1, 0, 0), "up": (0, 1, 0)}
BACK = {"forward": (0, 0, -1), "right": (1, 0, 0), "up": (0, 1, 0)}


def check(frame: Frame, expected: dict[str, tuple[float, ...]]) -> None:
    for name, direction in expected.items():
        assert getattr(frame, name) == pytest.approx(np.array(direction, dtype=float), abs=1e-12)


@pytest.mark.parametrize(("worn", "behind"), [(FRONT, False), (BACK, True)])
def test_upright(worn: dict[str, tuple[float, ...]], behind: bool) -> None:
    check(Frame.from_up(9.81 * np.array(worn["up"]), behind), worn)


@pytest.mark.parametrize(("worn", "behind"), [(FRONT, False), (BACK, True)])
def test_worn_upside_down(worn: dict[str, tuple[float, ...]], behind: bool) -> None:
    turned = {name: (-d[0], -d[1], d[2]) for name, d in worn.items()}
    check(Frame.from_up(np.array(turned["up"]), behind), turned)


@pytest.mark.parametrize(("worn", "behind"), [(FRONT, False), (BACK, True)])
def test_worn_on_its_side(worn: dict[str, tuple[float, ...]], behind: bool) -> None:
    turned = {name: (-d[1], d[0], d[2]) for name, d in worn.items()}
    check(Frame.from_up(np.array(turned["up"]), behind), turned)


@pytest.mark.parametrize(("worn", "behind"), [(FRONT, False), (BACK, True)])
@pytest.mark.parametrize("supine", [True, False])
def test_lying_keeps_left_and_right(
    worn: dict[str, tuple[float, ...]], behind: bool, supine: bool
) -> None:
    """Supine, up is where forward was, and what was up points to the head."""
    forward, up = np.array(worn["forward"]), np.array(worn["up"])
    lying = {
        "up": tuple(forward if supine else -forward),
        "right": worn["right"],
        "forward": tuple(-up if supine else up),
    }
    check(Frame.from_up(np.array(lying["up"]), behind), lying)


def test_a_crooked_sensor_still_gives_a_right_angled_frame() -> None:
    frame = Frame.from_up(np.array([1.0, 8.0, 3.0]), True)
    axes = np.stack([frame.forward, frame.right, frame.up])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.cross(frame.forward, frame.up) == pytest.approx(frame.right)


def test_components_do_not_depend_on_the_number_of_rows() -> None:
    vectors: FloatArray = np.random.default_rng(0).normal(size=(100, 3))
    frame = Frame.from_up(np.array([1.0, 8.0, 3.0]), False)
    whole = frame.along(vectors, frame.forward)
    assert whole == pytest.approx(vectors @ frame.forward)
    single = [frame.along(row[None], frame.forward)[0] for row in vectors]
    assert whole.tolist() == [float(value) for value in single]


def test_axes_are_made_level_and_of_length_one() -> None:
    frame = Frame.from_axes(np.array([0.0, 2.0, 0.0]), np.array([3.0, 1.0, 0.0]))
    assert frame.up == pytest.approx([0, 1, 0])
    assert frame.right == pytest.approx([1, 0, 0])
    assert frame.forward == pytest.approx([0, 0, -1])


def test_another_neutral_keeps_the_sides_of_the_body() -> None:
    """Worn turned by 30 degrees: the side found by bowing stays when one lies down."""
    turned = np.array([np.cos(0.5), 0.0, np.sin(0.5)])
    standing = Frame.from_axes(np.array([0.0, 1.0, 0.0]), turned)
    supine = standing.with_up(-np.cross(turned, [0.0, 1.0, 0.0]))
    assert supine.right == pytest.approx(turned)
    assert supine.forward == pytest.approx([0, -1, 0])  # towards the feet
    leaning = standing.with_up(np.array([0.1, 1.0, 0.0]))
    assert float(leaning.right @ leaning.up) == pytest.approx(0.0, abs=1e-12)


def test_on_the_side_front_and_back_stay_level() -> None:
    standing = Frame.from_axes(np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    side = standing.with_up(standing.right)
    assert side.forward == pytest.approx(standing.forward)
    assert side.right == pytest.approx(-standing.up)
