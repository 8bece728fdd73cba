from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.config import load_kit, sensors_of_board
from biofeedback.core.errors import ConfigError
from biofeedback.core.roles import Role

DRIVERS = {
    "godirect": ("belt",),
    "witmotion": ("imu",),
    "text_serial": ("belt", "imu"),
    "imported": ("belt", "imu"),
}
BOARDS = Path(__file__).parents[3] / "examples" / "boards"

CHEST = '[[sensor]]\nrole = "chest_belt"\ndriver = "godirect"\naddress = "A"\n'
ABDOMEN = '[[sensor]]\nrole = "abdomen_belt"\ndriver = "godirect"\naddress = "B"\n'
IMU = '[[sensor]]\nrole = "pelvis_imu"\ndriver = "witmotion"\naddress = "/dev/ttyUSB0"\n'


def write(tmp_path: Path, *parts: str) -> Path:
    path = tmp_path / "kit.toml"
    path.write_text("\n".join(('name = "a kit"', *parts)), encoding="utf-8")
    return path


def refusal(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_kit(path, DRIVERS)
    assert caught.value.file == path
    assert str(path) in str(caught.value)
    return caught.value


def test_a_kit_is_read_with_its_defaults(tmp_path: Path) -> None:
    kit = load_kit(write(tmp_path, CHEST, ABDOMEN, IMU), DRIVERS)
    assert kit.name == "a kit"
    assert [s.role for s in kit.sensors] == [Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU]
    assert [s.address for s in kit.sensors] == ["A", "B", "/dev/ttyUSB0"]
    assert kit.sensors[0].options == {}
    assert kit.sensors[0].invert is False
    assert kit.sensors[0].lag_s is None


def test_options_keep_their_types(tmp_path: Path) -> None:
    options = '[sensor.options]\nrate_hz = 20\nscale = 0.5\nmode = "force"\nlight = false\n'
    sensor = load_kit(write(tmp_path, CHEST + "invert = true", options), DRIVERS).sensors[0]
    assert sensor.options == {"rate_hz": 20, "scale": 0.5, "mode": "force", "light": False}
    assert type(sensor.options["rate_hz"]) is int
    assert type(sensor.options["light"]) is bool
    assert sensor.invert is True


def test_a_lag_is_taken_within_a_second(tmp_path: Path) -> None:
    kit = load_kit(write(tmp_path, CHEST + "lag_s = 0.04", ABDOMEN + "lag_s = -1"), DRIVERS)
    assert [sensor.lag_s for sensor in kit.sensors] == [0.04, -1.0]


@pytest.mark.parametrize(
    ("parts", "key", "words"),
    [
        ((CHEST + "lag_s = 1.5",), "sensor[0].lag_s", ["1.5", "less than or equal to 1"]),
        ((CHEST + "lag_s = nan",), "sensor[0].lag_s", ["nan"]),
        ((CHEST + 'rol = "x"',), "sensor[0].rol", ["known are role, driver, address"]),
        (("speed = 3", CHEST), "speed", ["not a known key", "name, boards, sensor"]),
        ((CHEST, ABDOMEN.replace("abdomen", "cheek")), "sensor[1].role", ["cheek", "pelvis_imu"]),
        ((CHEST, ABDOMEN.replace("abdomen", "chest")), "sensor[1].role", ["once", "back_imu"]),
        (
            (CHEST.replace("godirect", "goindirect"),),
            "sensor[0].driver",
            ["goindirect", "godirect"],
        ),
        ((IMU.replace("witmotion", "godirect"),), "sensor[0].driver", ["no imu", "witmotion"]),
        ((CHEST.replace('driver = "godirect"\n', ""),), "sensor[0].driver", ["missing"]),
        ((CHEST + 'invert = "yes"',), "sensor[0].invert", ["'yes'", "bool"]),
        ((CHEST.replace('"A"', "7"),), "sensor[0].address", ["7", "string"]),
        ((CHEST.replace('"A"', '""'),), "sensor[0].address", ["''", "pattern"]),
        ((CHEST.replace('"A"', '" / "'),), "sensor[0].address", ["' / '", "pattern"]),
        ((CHEST + "options = {rate_hz = [1]}",), "sensor[0].options.rate_hz", ["[1]", "a number"]),
        ((CHEST, ABDOMEN.replace('"B"', '"A"')), "sensor[1].address", ["'A'", "scan"]),
        ((CHEST, ABDOMEN.replace('address = "B"\n', "")), "sensor[1].address", ["missing"]),
        ((), "sensor", ["missing"]),
        (("sensor = []",), "sensor", ["missing", "worn"]),
    ],
)
def test_a_wrong_value_is_named_with_key_limit_and_next_step(
    tmp_path: Path, parts: tuple[str, ...], key: str, words: list[str]
) -> None:
    problem = refusal(write(tmp_path, *parts))
    assert problem.key == key
    for word in (key, *words):
        assert word in str(problem)


@pytest.mark.parametrize(
    ("address", "last_word"),
    [
        ("GDX-RB 0K2001C1", "0K2001C1"),
        ("/dev/ttyUSB0", "ttyUSB0"),
        ("COM3", "COM3"),
        ("F1:F1:F1:F1:F1:01", "F1:F1:F1:F1:F1:01"),
        ("socket://127.0.0.1:9600", "127.0.0.1:9600"),
    ],
)
def test_a_device_is_called_by_driver_and_last_word(
    tmp_path: Path, address: str, last_word: str
) -> None:
    path = write(tmp_path, CHEST.replace('"A"', f'"{address}"'))
    assert load_kit(path, DRIVERS).sensors[0].device_id == f"godirect/{last_word}"


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    problem = refusal(write(tmp_path, CHEST + 'invert = "no"', IMU + "light = 1"))
    assert "sensor[0].invert" in str(problem)
    assert "sensor[1].light" in str(problem)


def test_no_file(tmp_path: Path) -> None:
    assert "No such file" in str(refusal(tmp_path / "none.toml"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "give the path of a kit file" in str(refusal(tmp_path))


@pytest.mark.parametrize("content", [b"name = ", b"name = '\xff'"])
def test_not_toml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kit.toml"
    path.write_bytes(content)
    assert "not a TOML file" in str(refusal(path))


def test_a_board_is_worn_where_its_file_says() -> None:
    chest, abdomen = sensors_of_board(BOARDS / "two_belts.toml")
    assert (chest.role, abdomen.role) == (Role.CHEST_BELT, Role.ABDOMEN_BELT)
    assert chest.device_id == abdomen.device_id == "text_serial/ttyUSB0"
    assert chest.stream_key == "text_serial/ttyUSB0/chest"
    assert chest.options["baud"] == 115200
    assert "[[belt]]" in str(chest.options["board"])


def test_boards_of_a_kit_lie_beside_it(tmp_path: Path) -> None:
    board = (BOARDS / "two_belts.toml").read_text("utf-8")
    (tmp_path / "belts.toml").write_text(board, encoding="utf-8")
    kit = load_kit(write(tmp_path, 'boards = ["belts.toml"]', IMU), DRIVERS)
    assert [s.role for s in kit.sensors] == [Role.PELVIS_IMU, Role.CHEST_BELT, Role.ABDOMEN_BELT]


def test_boards_need_no_kit() -> None:
    kit = load_kit(None, DRIVERS, [BOARDS / "two_belts.toml"])
    assert len(kit.sensors) == 2
    with pytest.raises(ConfigError, match="sensor is missing, and so is boards"):
        load_kit(None, DRIVERS)


def test_a_board_and_a_sensor_cannot_share_a_role(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="each role is worn once"):
        load_kit(write(tmp_path, CHEST), DRIVERS, [BOARDS / "two_belts.toml"])


def test_a_board_without_a_site_is_not_worn(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    text = (BOARDS / "two_belts.toml").read_text("utf-8")
    path.write_text(text.replace("site =", "# site ="), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"belt\[0\]\.site is missing") as caught:
        sensors_of_board(path)
    assert caught.value.file == path


def test_one_device_needs_its_streams_named(tmp_path: Path) -> None:
    two = [f'{part}stream = "{name}"\n' for part, name in ((CHEST, "a"), (ABDOMEN, "b"))]
    same = [part.replace('"B"', '"A"') for part in two]
    assert [s.stream for s in load_kit(write(tmp_path, *same), DRIVERS).sensors] == ["a", "b"]
    same[1] = same[1].replace('"b"', '"a"')
    assert refusal(write(tmp_path, *same)).key == "sensor[1].address"
