from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.ports import Send
from biofeedback.core.results import SensorQuality
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.session.digest import OutputDigest

INFO = StreamInfo("table", (Channel("chest_excursion", "N"), Channel("chest_ok", "flag")), 50.0)


def chunk(n_samples: int = 40, segment: int = 0, info: StreamInfo = INFO) -> Chunk:
    t_s = np.arange(n_samples) / 50.0
    data = np.column_stack((np.sin(t_s), np.where(t_s < 0.5, np.nan, 1.0)))
    return Chunk(info, t_s, t_s + 0.1, data, segment)


def quality(t_s: float, role: str = "chest_belt") -> SensorQuality:
    return SensorQuality(t_s=t_s, decided_s=t_s, arrival_s=t_s, role=role, ok=True, reason=0)


def of_rows(*chunks: Chunk) -> str:
    digest = OutputDigest()
    for each in chunks:
        digest.add_chunk("table", each)
    return digest.hexdigest()


@given(st.lists(st.integers(0, 40), max_size=8).map(sorted))
def test_the_grouping_of_rows_leaves_no_trace(cuts: list[int]) -> None:
    whole = chunk()
    parts = [whole.rows(begin, end) for begin, end in itertools.pairwise([0, *cuts, 40])]
    assert of_rows(*parts) == of_rows(whole)


def changed(**fields: object) -> Chunk:
    return dataclasses.replace(chunk(), **fields)  # type: ignore[arg-type]


def test_any_change_of_a_row_shows() -> None:
    whole = chunk()
    value, late, moved = (np.array(a) for a in (whole.data, whole.arrival_s, whole.t_s))
    value[17, 0] = np.nextafter(value[17, 0], 1.0)
    late[17] = np.nextafter(late[17], 9.0)
    moved[17] = np.nextafter(moved[17], 9.0)
    renamed = dataclasses.replace(INFO, channels=(INFO.channels[1], INFO.channels[0]))
    digests = {
        of_rows(whole),
        of_rows(changed(data=value)),
        of_rows(changed(arrival_s=late)),
        of_rows(changed(t_s=moved)),
        of_rows(changed(segment=1)),
        of_rows(changed(info=renamed)),
        of_rows(whole.rows(0, 39)),
        of_rows(),
    }
    assert len(digests) == 8


def test_one_nan_and_one_zero_stand_for_all() -> None:
    plain, strange = np.array(chunk().data), np.array(chunk().data)
    plain[3, 0] = 0.0
    strange[3, 0] = -0.0
    strange[4, 1] = np.array([0x7FF8_0000_0000_1234], dtype=np.uint64).view(np.float64)[0]
    assert np.isnan(strange[4, 1])
    assert of_rows(changed(data=strange)) == of_rows(changed(data=plain))


def test_the_order_within_a_topic_counts_and_between_topics_does_not() -> None:
    def of(*steps: str) -> str:
        digest = OutputDigest()
        for step in steps:
            if step == "rows":
                digest.add_chunk("table", chunk())
            elif step == "send":
                digest.add_send("godirect/1", Send("serial", b"\x01"))
            else:
                digest.add_event("SensorQuality", quality(float(step)))
        return digest.hexdigest()

    assert of("rows", "1", "2", "send") == of("1", "send", "rows", "2")
    assert of("1", "2") != of("2", "1")
    assert of("1") != of("2")
    assert of("rows", "1") != of("1")


def test_sends_differ_by_device_endpoint_and_bytes() -> None:
    def of(device_id: str, *sends: Send) -> str:
        digest = OutputDigest()
        for send in sends:
            digest.add_send(device_id, send)
        return digest.hexdigest()

    assert (
        len(
            {
                of("a/1", Send("serial", b"\x01\x02")),
                of("a/2", Send("serial", b"\x01\x02")),
                of("a/1", Send("other", b"\x01\x02")),
                of("a/1", Send("serial", b"\x01\x03")),
                of("a/1", Send("serial", b"\x01"), Send("serial", b"\x02")),
            }
        )
        == 5
    )


def test_reading_the_digest_does_not_end_it() -> None:
    digest = OutputDigest()
    digest.add_chunk("table", chunk().rows(0, 20))
    assert digest.hexdigest() == digest.hexdigest()
    digest.add_chunk("table", chunk().rows(20, 40))
    assert digest.hexdigest() == of_rows(chunk())
