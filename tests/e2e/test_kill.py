"""A recording is killed at any moment: it opens, at most a second is lost, its prefix replays."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from biofeedback.recording.reader import SessionReader
from biofeedback.session.sessions import verify_session

PROJECT = Path(__file__).parents[2]
AT_ONCE = 5
MOST_LOST_S = 1.0
LONGEST_S = 3.0

# Two belts a hundred times a second through the real kernel, in real time. Says after each entry
# what the recorder has taken.
CHILD = """
import math, sys, time
from pathlib import Path
import numpy as np
from biofeedback.core.entry import Command, LinkChange, Packet, Tick
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.instrument import Instrument
from biofeedback.session.sessions import make_kernel

DEVICE = "imported/made"
description = SessionDescription((DeviceDescription(DEVICE, "imported"),))
writer = SessionWriter(Path(sys.argv[1]), description)
instrument = Instrument(make_kernel(description), writer)
start_ns = time.perf_counter_ns()

def feed(*entries):
    instrument.feed(entries)
    print(entries[-1].host_time_ns, flush=True)

def block(site, first, last, lead_s):
    t_s = np.arange(first, last) / 100
    values = np.sin(2 * math.pi * 0.25 * (t_s + lead_s))[:, None]
    info = StreamInfo(site, (Channel("excursion", "a.u."),), 100.0)
    return ImportedBlock(info, "belt", np.rint(t_s * 1e9).astype(np.int64), values)

feed(LinkChange(0, DEVICE, "open"))
for site in ("chest", "abdomen"):
    feed(Command(0, "assign", {"stream": f"{DEVICE}/{site}", "role": f"{site}_belt"}))
sent, ticked_ns = 0, 0
while True:
    time.sleep(0.008)
    now_ns = time.perf_counter_ns() - start_ns
    wanted = now_ns // 10_000_000
    if wanted > sent:
        blocks = [block("chest", sent, wanted, 0.0), block("abdomen", sent, wanted, 0.1)]
        feed(Packet(now_ns, DEVICE, "rx", "imported", encode(blocks)))
        sent = wanted
    if now_ns - ticked_ns > 250_000_000:
        ticked_ns = now_ns
        feed(Tick(now_ns))
"""


@dataclass
class Killed:
    """A session that was killed, and the last time it had been given to the recorder."""

    folder: Path
    given_s: float


def record_and_kill(folder: Path, moments_s: list[float]) -> list[Killed]:
    """Start one recording per moment, all at once; kill each so long after its first entry."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder / str(number))],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(len(moments_s))
    ]
    killed = []
    firsts = []
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "0\n", "the recording never started"
        firsts.append(time.monotonic())
    ending = sorted(range(len(moments_s)), key=lambda number: firsts[number] + moments_s[number])
    for number in ending:
        time.sleep(max(0.0, firsts[number] + moments_s[number] - time.monotonic()))
        children[number].kill()
        rest, _ = children[number].communicate()
        whole_lines = ("0\n" + rest).rpartition("\n")[0].split("\n")
        killed.append(Killed(folder / str(number), int(whole_lines[-1]) / 1e9))
    return killed


def check(session: Killed) -> float:
    """Open, measure what is lost, replay; return the loss in seconds."""
    reader = SessionReader(session.folder)
    entries = list(reader.entries())
    lost_s = session.given_s - (entries[-1].host_time_ns / 1e9 if entries else 0.0)
    assert lost_s <= MOST_LOST_S
    assert "was not closed: it ends after" in reader.torn()
    verification = verify_session(reader)
    assert verification.identical, verification.in_words()
    assert verification.entries == len(entries)
    if verification.checkpoints:
        assert f"replay identical up to {verification.same_until_s:.2f} s, entry" in (
            verification.in_words()
        )
    return lost_s


def kill_at(folder: Path, moments_s: list[float]) -> list[float]:
    losses_s = []
    for start in range(0, len(moments_s), AT_ONCE):
        batch = folder / f"batch{start}"
        batch.mkdir()
        losses_s += [check(each) for each in record_and_kill(batch, moments_s[start:][:AT_ONCE])]
    return losses_s


def test_killed_at_five_moments(tmp_path: Path) -> None:
    chance = random.Random(20260203)
    kill_at(tmp_path, [0.0, *(chance.uniform(0, LONGEST_S) for _ in range(4))])


@pytest.mark.slow
def test_killed_at_fifty_moments(tmp_path: Path) -> None:
    chance = random.Random(50)
    losses_s = kill_at(tmp_path, [chance.uniform(0, LONGEST_S) for _ in range(50)])
    assert len(losses_s) == 50


def test_a_killed_session_can_be_repaired(tmp_path: Path) -> None:
    (killed,) = record_and_kill(tmp_path, [2.0])
    entries = list(SessionReader(killed.folder).entries())
    reader = SessionReader(killed.folder)
    assert "input.mcap was not closed" in reader.repair()
    again = SessionReader(killed.folder)
    assert list(again.entries()) == entries
    assert again.torn().startswith("was repaired; before that it was not closed")
    assert verify_session(again).identical
