from __future__ import annotations

import pytest

from firmware_sim.__main__ import main


def printed_payloads(text: str) -> list[bytes]:
    return [bytes.fromhex(line.split(maxsplit=1)[1]) for line in text.splitlines()]


def test_a_belt_prints_its_replies_and_measurements(capsys):
    assert main(["godirect", "--scenario", "paradox", "--seconds", "5"]) == 0
    replies_and_data = printed_payloads(capsys.readouterr().out)
    assert [payload[0] for payload in replies_and_data[:3]] == [0xB8, 0x98, 0x20]
    assert sum(payload[7] for payload in replies_and_data[2:]) >= 45


@pytest.mark.parametrize(("device", "start"), [("witmotion", 0x51), ("witmotion-ble", 0x61)])
def test_a_module_prints_its_stream(capsys, device, start):
    assert main([device, "--seconds", "2", "--site", "sternum"]) == 0
    payloads = printed_payloads(capsys.readouterr().out)
    assert len(payloads) == 20
    assert {payload[:2] for payload in payloads} == {bytes([0x55, start])}


@pytest.mark.parametrize("device", ["polar-h10", "polar-verity"])
def test_a_strap_is_started_and_prints_frames_and_beats(capsys, device):
    assert main([device, "--seconds", "5"]) == 0
    payloads = printed_payloads(capsys.readouterr().out)
    assert payloads[0][:5] == bytes.fromhex("f002020000")
    assert sum(payload[0] == 0x02 for payload in payloads) >= 3
    assert sum(len(payload) < 10 for payload in payloads[1:]) == 5


def test_a_heart_rate_strap_prints_a_measurement_each_second(capsys):
    assert main(["heart-rate", "--seconds", "5"]) == 0
    assert len(printed_payloads(capsys.readouterr().out)) == 5


@pytest.mark.parametrize(
    ("device", "site", "start"),
    [
        ("text-columns", "both belts", b"20,"),
        ("text-labels", "pelvis", b"t:20,AccelX:"),
        ("text-teleplot", "both belts", b">chest:20:"),
        ("text-json", "sternum", b'{"t":20,"AccelX":'),
        ("text-ble", "pelvis", b"t:20,AccelX:"),
    ],
)
def test_a_board_prints_its_lines(capsys, device, site, start):
    assert main([device, "--seconds", "3", "--site", site]) == 0
    payloads = printed_payloads(capsys.readouterr().out)
    assert any(payload.startswith(start) for payload in payloads[:7])


def test_served_over_tcp_it_says_where(capsys):
    assert main(["witmotion", "--serve", "tcp", "--seconds", "0.01"]) == 0
    assert capsys.readouterr().out.startswith("socket://127.0.0.1:")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["toaster"],
        ["godirect", "--scenario", "nobody"],
        ["godirect", "--site", "pelvis"],
        ["witmotion", "--seconds", "0"],
    ],
)
def test_what_it_does_not_know_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert "usage:" in capsys.readouterr().err
