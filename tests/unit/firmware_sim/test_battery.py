from __future__ import annotations

from firmware_sim.battery import Battery
from firmware_sim.gatt_table import BATTERY_LEVEL

HOUR_US = 3_600_000_000


def test_it_empties_and_stays_empty():
    battery = Battery(90.0, 30.0)
    assert [battery.level_pct(hour * HOUR_US) for hour in range(5)] == [90, 60, 30, 0, 0]


def test_each_per_cent_is_told_once():
    battery = Battery(90.0, 60.0)
    minute_us = HOUR_US // 60
    told = [e for second in range(1, 150) for e in battery.advance(second * 1_000_000)]
    assert [emission.payload for emission in told] == [bytes([89]), bytes([88])]
    assert {emission.endpoint for emission in told} == {BATTERY_LEVEL}
    assert [emission.time_us for emission in told] == [minute_us, 2 * minute_us]
