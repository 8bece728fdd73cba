from __future__ import annotations

import pytest

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.roles import Role
from biofeedback.recording.importers.mapping import SiteMap, parse_request


def test_maps_as_people_write_them() -> None:
    request = parse_request(["chest=thoracic", "abdomen = Abdominal (V)", "sternum.quat=w, x,y,z"])
    assert request.maps == (
        SiteMap("chest", "belt", ("thoracic",)),
        SiteMap("abdomen", "belt", ("Abdominal (V)",)),
        SiteMap("sternum", "quat", ("w", "x", "y", "z")),
    )
    assert [item.role for item in request.maps] == [
        Role.CHEST_BELT,
        Role.ABDOMEN_BELT,
        Role.STERNUM_IMU,
    ]


def test_belt_and_motion_sensor_at_one_site() -> None:
    belt, acc = parse_request(["abdomen=a", "abdomen.acc=x,y,z"]).maps
    assert (belt.role, acc.role) == (Role.ABDOMEN_BELT, Role.ABDOMEN_IMU)
    assert (belt.name, acc.name) == ("abdomen.belt", "abdomen.acc")


def test_rates_for_all_for_a_site_for_a_kind() -> None:
    request = parse_request(
        ["chest=c", "abdomen=a", "pelvis.acc=x,y,z"], ["128", "abdomen=64", "pelvis.acc=100"]
    )
    assert [request.rate_for(item) for item in request.maps] == [128.0, 64.0, 100.0]


def test_a_unit_of_a_site_is_that_of_its_belt() -> None:
    request = parse_request(["abdomen=a", "abdomen.acc=x,y,z"], units=["abdomen=mV"])
    assert [request.unit_for(item) for item in request.maps] == ["mV", ""]
    request = parse_request(["abdomen.acc=x,y,z"], units=["abdomen.acc=g", "time=ms"])
    assert request.unit_for(request.maps[0]) == "g"
    assert request.units["time"] == "ms"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"maps": ["chest"]}, "write SITE=COLUMN"),
        ({"maps": ["chest="]}, "write SITE=COLUMN"),
        ({"maps": ["thorax=c"]}, "known sites are chest, abdomen, sternum"),
        ({"maps": ["sternum=c"]}, "say what sternum holds: .*sternum.acc, sternum.gyro"),
        ({"maps": ["chest.temp=c"]}, "chest.acc"),
        ({"maps": ["pelvis.belt=c"]}, "worn on chest or abdomen"),
        ({"maps": ["chest.acc=x,y,z"]}, "motion sensor is worn on sternum"),
        ({"maps": ["pelvis.acc=x,y"]}, "takes 3 columns, 2 are given"),
        ({"maps": ["chest=a,b"]}, "takes 1 columns, 2 are given"),
        ({"maps": ["chest=a", "chest.belt=b"]}, "mapped twice"),
        ({"rates": ["fast"]}, "number from 2 to 20000 Hz"),
        ({"rates": ["0"]}, "number from 2 to 20000 Hz"),
        ({"rates": ["1e9"]}, "number from 2 to 20000 Hz"),
        ({"rates": ["nan"]}, "number from 2 to 20000 Hz"),
        ({"rates": ["thorax=5"]}, "known sites"),
        ({"rates": ["chest.temp=5"]}, "known kinds are belt, acc"),
        ({"rates": ["5"], "time_column": "t"}, "give one of them"),
        ({"invert": ["thorax"]}, "known sites"),
        ({"invert": ["pelvis"]}, "only belts have a direction"),
        ({"maps": ["abdomen=a"], "invert": ["chest"]}, "no belt is mapped there"),
        ({"units": ["g"]}, "write SITE=UNIT"),
        ({"units": ["thorax=g"]}, "known sites"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ImportedDataError, match=message):
        parse_request(**options)  # type: ignore[arg-type]


def test_a_rate_of_one_site_goes_with_a_time_column() -> None:
    request = parse_request(["chest=c"], ["chest=25"], time_column="t")
    assert request.rate_for(request.maps[0]) == 25.0
    assert request.time_column == "t"
