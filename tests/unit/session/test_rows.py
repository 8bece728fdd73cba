"""Rows between two stages: named, joined, dated."""

from __future__ import annotations

import dataclasses

import numpy as np

from biofeedback.core.ports import SampleStream
from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.session.rows import clocked, heard_at, joined, renamed

INFO = StreamInfo("force", (Channel("force", "N"),), 10.0)


def rows(start: int, stop: int, segment: int = 0) -> Chunk:
    t_s = np.arange(start, stop) / 10
    return Chunk(INFO, t_s, t_s + 0.1, t_s[:, None] * 2, segment, start)


def test_a_belt_is_named_after_its_place_and_keeps_its_unit() -> None:
    source = SampleStream(INFO, "belt", "counter", 0.1)
    info = renamed(source, Role.CHEST_BELT, "godirect/A/force")
    assert info.channels == (
        Channel("chest_excursion", "N"),
        Channel("chest_clock_residual_s", "s"),
        Channel("chest_clock_se_s", "s"),
    )
    assert info.stream_id == "godirect/A/force"


def test_every_column_of_an_imu_gets_the_prefix() -> None:
    imu = StreamInfo("imu", (Channel("acc_x_mps2", "m/s2"), Channel("quat_w", "ratio")), 50.0)
    info = renamed(SampleStream(imu, "imu", "count", 0.1), Role.PELVIS_IMU, "w/imu")
    assert info.names[:2] == ("pelvis_acc_x_mps2", "pelvis_quat_w")


def test_the_clock_has_columns_before_there_is_a_role() -> None:
    assert clocked(INFO).names == ("force", "clock_residual_s", "clock_se_s")


def test_rows_are_joined_within_a_segment_only() -> None:
    whole = joined([rows(0, 3), rows(3, 5), rows(0, 2, segment=1)])
    assert [len(chunk) for chunk in whole] == [5, 2]
    assert np.array_equal(whole[0].t_s, np.arange(5) / 10)
    assert whole[0].first_index == 0


def test_commands_are_heard_with_the_first_row() -> None:
    given = CommandHeard(t_s=0.1, decided_s=0.1, arrival_s=0.1, name="mark")
    heard = heard_at(rows(4, 6), [given])
    assert heard == [dataclasses.replace(given, decided_s=0.4, arrival_s=0.5)]
