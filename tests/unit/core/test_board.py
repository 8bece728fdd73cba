from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.board import load_board, parse_board
from biofeedback.core.errors import ConfigError
from biofeedback.core.roles import Role

EXAMPLES = Path(__file__).parents[3] / "examples" / "boards"
HEAD = 'name = "a board"\ntransport = "serial"\naddress = "COM3"\n'
BELT = '[[belt]]\nstream = "chest"\nfrom = 1\nunit = "count"\n'
ACC = 'acc = { from = ["ax", "ay", "az"], unit = "g" }\n'
IMU = f'[[imu]]\nstream = "imu"\n{ACC}'


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_board(text, Path("board.toml"))
    return caught.value


def test_the_two_belts_of_the_example() -> None:
    board, options = load_board(EXAMPLES / "two_belts.toml")
    assert board.driver == "text_serial"
    assert [belt.role for belt in board.belts] == [Role.CHEST_BELT, Role.ABDOMEN_BELT]
    assert board.time is not None
    assert (board.time.unit_ns, board.time.turn) == (1_000_000, 2**32)
    assert options["baud"] == 115200
    assert parse_board(str(options["board"])) == board


def test_the_motion_sensor_of_the_example() -> None:
    board, options = load_board(EXAMPLES / "imu_over_bluetooth.toml")
    assert board.driver == "text_ble"
    (imu,) = board.imus
    assert imu.role is Role.PELVIS_IMU
    assert imu.fields == ("AccelX", "AccelY", "AccelZ", "GyroX", "GyroY", "GyroZ")
    assert list(options) == ["board"]


def test_defaults() -> None:
    board = parse_board(HEAD + BELT + IMU)
    assert (board.baud, board.rate_hz, board.time, board.counter) == (115200, None, None, None)
    assert board.line.grammar == board.line.separator == "auto"
    assert [item.stream for item in board.streams] == ["chest", "imu"]
    assert [item.role for item in board.streams] == [None, None]
    assert board.belts[0].fields == ("1",)
    assert [field for _, field in board.fields] == ["1", "ax", "ay", "az"]


@pytest.mark.parametrize(
    ("time", "turn"),
    [
        ('from = "t"\nunit = "us"', 2**32),
        ('from = "t"\nunit = "s"', 0),
        ('from = "stamp"\nunit = "ms"', 0),
        ('from = "t"\nunit = "ms"\nwraps_at = 65536', 65536),
        ('from = "t"\nunit = "ms"\nwraps_at = 0', 0),
    ],
)
def test_where_a_clock_begins_anew(time: str, turn: int) -> None:
    board = parse_board(f"{HEAD}[time]\n{time}\n{BELT}")
    assert board.time is not None
    assert board.time.turn == turn


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (HEAD, "belt", ["missing", "imu"]),
        (HEAD.replace("serial", "wifi") + BELT, "transport", ["'wifi'", "serial or ble"]),
        (HEAD + "baud = 12\n" + BELT, "baud", ["12", "300"]),
        (HEAD + "rate_hz = 0\n" + BELT, "rate_hz", ["0", "greater"]),
        (HEAD + "rate = 50\n" + BELT, "rate", ["known are", "rate_hz"]),
        (HEAD + BELT.replace("count", "lb"), "belt[0].unit", ["'lb'", "mN"]),
        (HEAD + BELT.replace("1", "0"), "belt[0].from", ["place from 1 on"]),
        (HEAD + BELT.replace("1", "true"), "belt[0].from", ["place from 1 on"]),
        (HEAD + BELT + 'site = "neck"\n', "belt[0].site", ["'neck'", "chest"]),
        (HEAD + BELT + "scale = inf\n", "belt[0].scale", ["inf"]),
        (HEAD + BELT.replace("chest", "che/st"), "belt[0].stream", ["'che/st'"]),
        (HEAD + BELT + BELT, "belt[1].stream", ["'chest' a second time"]),
        (HEAD + BELT + IMU.replace('"imu"', '"chest"'), "imu[0].stream", ["a second time"]),
        (HEAD + IMU.replace('"g"', '"deg/s"'), "imu[0].acc.unit", ["'deg/s'", "mg"]),
        (HEAD + IMU.replace(', "az"', ""), "imu[0].acc.from[2]", ["missing"]),
        (
            HEAD + '[time]\nfrom = 1\nunit = "ms"\n[counter]\nfrom = 2\n' + BELT,
            "counter",
            ["beside time"],
        ),
        (HEAD + "[line]\ndecimal_comma = true\n" + BELT, "line.decimal_comma", ['";" or "tab"']),
        (HEAD + '[line]\ncolumns = ["a", "a"]\n' + BELT, "line.columns", ["twice"]),
        (
            HEAD + '[line]\ncolumns = ["a", "b"]\n' + BELT.replace("1", '"c"'),
            "belt[0].from",
            ["'c'", "a, b"],
        ),
        (HEAD + '[line]\ncolumns = ["a"]\n' + BELT.replace("1", "2"), "belt[0].from", ["'2'"]),
    ],
)
def test_a_wrong_value_is_named_with_key_limit_and_next_step(
    text: str, key: str, words: list[str]
) -> None:
    problem = refused(text)
    assert problem.key == key
    for word in ("board.toml", *words):
        assert word in str(problem)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give the path of a board file"):
        load_board(tmp_path / "none.toml")
