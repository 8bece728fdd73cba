"""What the kernel does with rows between two stages: name, join, date."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.ports import SampleStream
from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, StreamInfo

__all__ = ["clocked", "heard_at", "joined", "renamed"]

CLOCK_COLUMNS = (Channel("clock_residual_s", "s"), Channel("clock_se_s", "s"))


def heard_at(rows: Chunk, waiting: Sequence[CommandHeard]) -> list[CommandHeard]:
    """Date commands to the first row after them.

    Parameters
    ----------
    rows : Chunk
        The rows, at least one.
    waiting : sequence of CommandHeard
        Commands nobody has heard yet.

    Returns
    -------
    commands : list of CommandHeard
    """
    now_s, arrival_s = float(rows.t_s[0]), float(rows.arrival_s[0])
    return [dataclasses.replace(one, decided_s=now_s, arrival_s=arrival_s) for one in waiting]


def clocked(info: StreamInfo) -> StreamInfo:
    """Add the two columns that tell how well the time of a row is known.

    Parameters
    ----------
    info : StreamInfo
        As the device announced it.

    Returns
    -------
    info : StreamInfo
        With ``clock_residual_s`` and ``clock_se_s`` at the end.
    """
    return dataclasses.replace(info, channels=info.channels + CLOCK_COLUMNS)


def renamed(source: SampleStream, role: Role, key: str) -> StreamInfo:
    """Name a stream's columns after the role it plays, those of its clock included.

    Parameters
    ----------
    source : SampleStream
        As the device announced it.
    role : Role
        Where it is worn.
    key : str
        ``device_id/stream_id``.

    Returns
    -------
    info : StreamInfo
    """
    own = source.info.channels
    if role.kind == "belt":
        own = (Channel("excursion", own[0].unit),)
    channels = tuple(
        Channel(f"{role.prefix}_{channel.name}", channel.unit) for channel in own + CLOCK_COLUMNS
    )
    return StreamInfo(key, channels, source.info.sample_rate_hz)


def joined(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Join consecutive chunks of the same segment and columns.

    Parameters
    ----------
    chunks : sequence of Chunk
        In order.

    Returns
    -------
    chunks : list of Chunk
    """
    groups: list[list[Chunk]] = []
    for chunk in chunks:
        if groups and groups[-1][0].segment == chunk.segment and groups[-1][0].info is chunk.info:
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    return [
        group[0]
        if len(group) == 1
        else dataclasses.replace(
            group[0],
            t_s=np.concatenate([chunk.t_s for chunk in group]),
            arrival_s=np.concatenate([chunk.arrival_s for chunk in group]),
            data=np.concatenate([chunk.data for chunk in group]),
        )
        for group in groups
    ]
