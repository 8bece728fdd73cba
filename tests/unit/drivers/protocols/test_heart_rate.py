from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Ready, Refused, Samples, Status
from biofeedback.drivers.protocols.gatt_services import sig_uuid
from biofeedback.drivers.protocols.heart_rate import (
    HEART_STREAM,
    MEASUREMENT_UUID,
    HeartRate,
    heart_rate_measurement,
)
from biofeedback.signal.timeline import Timeline

VECTORS = Path(__file__).parents[3] / "vectors" / "heart_rate"
SECOND = 1_000_000_000


def rows_of(name: str) -> list[dict[str, Any]]:
    return list(map(json.loads, (VECTORS / name).read_text("utf-8").splitlines()))


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def notified(rate: int, *rr: int) -> bytes:
    return bytes((0x10, rate)) + b"".join(interval.to_bytes(2, "little") for interval in rr)


class Worn:
    """A strap and what came of it."""

    def __init__(self) -> None:
        self.protocol = HeartRate()
        self.outputs: list[Output] = list(self.protocol.start())

    def says(self, payload: bytes, at_s: float = 0.0, endpoint: str = MEASUREMENT_UUID) -> None:
        packet = Packet(round(at_s * SECOND), "heart_rate/1", "rx", endpoint, payload)
        self.outputs += self.protocol.receive(packet)

    def samples(self) -> list[Samples]:
        return of(self.outputs, Samples)

    def times_s(self) -> list[float]:
        times = [item.device_time_ns for item in self.samples()]
        return [] if not times else (np.concatenate(times) / SECOND).tolist()


@pytest.mark.parametrize("row", rows_of("frames.jsonl"), ids=lambda row: row["name"])
def test_vector(row: dict[str, Any]) -> None:
    told = heart_rate_measurement(bytes.fromhex(row["hex"]))
    assert told is not None
    wanted = row["decoded"]
    assert told.heart_rate_per_min == wanted["heart_rate_per_min"]
    assert told.contact is wanted["contact"]
    assert told.energy_kj == wanted["energy_kj"]
    assert list(told.rr_s) == wanted["rr_s"]


@pytest.mark.parametrize("row", rows_of("broken.jsonl"), ids=lambda row: row["name"])
def test_broken_vector(row: dict[str, Any]) -> None:
    worn = Worn()
    payload = bytes.fromhex(row["hex"])
    worn.says(payload, endpoint=row["endpoint"])
    assert worn.outputs == [Garbage(payload, row["decoded"]["garbage"])]


def test_conversation() -> None:
    worn = Worn()
    for number, row in enumerate(rows_of("session.jsonl")):
        before = len(worn.outputs)
        worn.says(bytes.fromhex(row["hex"]), float(number), row["endpoint"])
        new, wanted = worn.outputs[before:], row["decoded"]
        rows = [values for item in of(new, Samples) for values in item.values.tolist()]
        np.testing.assert_array_equal(
            np.array(rows, dtype=float), np.array(wanted.get("heart", []), dtype=float)
        )
        told = {item.name: item.value for item in of(new, Status)}
        assert told == {key: wanted[key] for key in ("battery_pct", "contact") if key in wanted}
    (ready,) = of(worn.outputs, Ready)
    assert ready == Ready(DeviceInfo("Acme Strap 1", "000123", "1.2"), (HEART_STREAM,))


def test_what_was_read_before_the_link_was_open_is_not_forgotten() -> None:
    protocol = HeartRate()
    model = Packet(0, "heart_rate/1", "rx", sig_uuid(0x2A24), b"Strap 1")
    assert list(protocol.receive(model)) == []
    list(protocol.start())
    beat = Packet(0, "heart_rate/1", "rx", MEASUREMENT_UUID, notified(60, 1024))
    (ready, _) = protocol.receive(beat)
    assert isinstance(ready, Ready)
    assert ready.info.model == "Strap 1"


def test_beats_are_the_clock_whatever_the_radio_does() -> None:
    worn = Worn()
    worn.says(notified(60, 1024), 0.0)
    worn.says(notified(60, 512, 2048), 9.0)  # held back, then all at once
    worn.says(notified(60, 1024), 9.0)
    assert worn.times_s() == [1.0, 1.5, 3.5, 4.5]


def test_between_slow_beats_nothing_is_told_until_there_surely_is_none() -> None:
    worn = Worn()
    worn.says(notified(40, 1536), 0.0)
    for at_s in (1.0, 2.0, 3.0, 3.5):
        worn.says(notified(40), at_s)
    assert len(worn.samples()) == 1
    worn.says(notified(0), 4.0)
    worn.says(notified(0), 5.0)
    worn.says(notified(60, 1024), 6.0)
    assert worn.times_s() == [1.5, 5.5, 6.5, 7.5]
    assert np.isnan(worn.samples()[1].values).all()


def test_a_strap_without_intervals_gives_a_row_each_time() -> None:
    worn = Worn()
    for number in range(4):
        worn.says(bytes((0x00, 61)), float(number))
    assert worn.times_s() == [0.0, 1.0, 2.0, 3.0]
    values = np.concatenate([item.values for item in worn.samples()])
    np.testing.assert_array_equal(values, [[61.0, np.nan]] * 4)


def test_without_contact_there_is_no_rate() -> None:
    worn = Worn()
    worn.says(bytes((0x04, 88)))
    worn.says(bytes((0x04, 88)), 1.0)
    worn.says(bytes((0x06, 60)), 2.0)
    assert np.isnan([item.values[0, 0] for item in worn.samples()]).tolist() == [True, True, False]
    assert [item.value for item in of(worn.outputs, Status)] == [0.0, 1.0]


def test_beats_lost_on_the_way_are_a_hole_for_the_timeline() -> None:
    """Slow beats are no holes; a minute without notifications is one, once lateness stays."""
    timeline = Timeline(HEART_STREAM, "heart_rate/1/heart", 0)
    worn = Worn()
    for number in range(120):
        worn.says(notified(45, 1365), 1.333 * number + (60.0 if number >= 60 else 0.0))
    arrivals = [1.333 * number + (60.0 if number >= 60 else 0.0) for number in range(120)]
    placed = [
        timeline.place(item, round(at_s * SECOND))
        for item, at_s in zip(worn.samples(), arrivals, strict=True)
    ]
    assert sum(item.lost for item in placed[:60]) == 0
    assert sum(item.new_segment for item in placed) == 1
    assert placed[-1].t_s[-1] == pytest.approx(arrivals[-1], abs=1.0)


def test_a_strap_that_is_not_worn_is_refused_once_and_ready_when_it_is() -> None:
    worn = Worn()
    refused = [
        output
        for tick in range(100)
        for output in of(list(worn.protocol.wake(tick * SECOND)), Refused)
    ]
    assert [item.timed_out for item in refused] == [True]
    assert "wet" in refused[0].reason
    worn.says(notified(60, 1024), 101.0)
    assert len(of(worn.outputs, Ready)) == 1


def test_after_stop_nothing_comes() -> None:
    worn = Worn()
    assert list(worn.protocol.stop()) == []
    worn.says(notified(60, 1024))
    assert worn.outputs == []
    assert list(worn.protocol.wake(100 * SECOND)) == []
