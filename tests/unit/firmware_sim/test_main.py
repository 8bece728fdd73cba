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
