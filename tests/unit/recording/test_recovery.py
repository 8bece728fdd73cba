from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import pytest
from mcap.opcode import Opcode
from mcap.records import DataEnd, Message

from biofeedback.recording.mcapfile import McapFile
from biofeedback.recording.recovery import Unreadable, readable_records

N_MESSAGES = 3000
FLUSH_EVERY = 100
# A new topic is flushed alone, then every hundred messages are.
CHUNKS = [range(0, 1), range(1, FLUSH_EVERY)] + [
    range(start, start + FLUSH_EVERY) for start in range(FLUSH_EVERY, N_MESSAGES, FLUSH_EVERY)
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A finished file of chunks with messages that do not compress."""
    path = tmp_path_factory.mktemp("recovery") / "a.mcap"
    chance = random.Random(5)
    file = McapFile(path)
    for number in range(N_MESSAGES):
        file.add("/packet/x|serial|rx", chance.randbytes(30), number, number)
        if number % FLUSH_EVERY == FLUSH_EVERY - 1:
            file.flush()
    file.finish()
    return path.read_bytes()


def read(data: bytes) -> tuple[list[int], list[Unreadable], bool]:
    """Message numbers, what was unreadable, whether the end was there."""
    records = list(readable_records(BytesIO(data)))
    numbers = [record.sequence for record in records if isinstance(record, Message)]
    unreadable = [record for record in records if isinstance(record, Unreadable)]
    return numbers, unreadable, any(isinstance(record, DataEnd) for record in records)


def data_end(whole: bytes) -> int:
    return whole.rindex(bytes([Opcode.DATA_END]) + (4).to_bytes(8, "little"))


def test_a_whole_file_is_read_whole(whole: bytes) -> None:
    assert read(whole) == (list(range(N_MESSAGES)), [], True)


@pytest.mark.parametrize("part", range(10))
def test_cut_anywhere_it_gives_every_chunk_before_the_cut(whole: bytes, part: int) -> None:
    chance = random.Random(part)
    for _ in range(20):
        cut = chance.randrange(len(whole))
        numbers, unreadable, ended = read(whole[:cut])
        assert numbers == list(range(len(numbers)))
        # It stops at the border of a chunk, and the chunk after that was cut.
        assert len(numbers) in {0, *(chunk.stop for chunk in CHUNKS)}
        assert sum(piece.n_bytes for piece in unreadable) < 100 * 60 + 200
        assert all(piece.offset + piece.n_bytes == cut for piece in unreadable)
        assert ended == (cut >= data_end(whole) + 13)
        if ended:
            assert len(numbers) == N_MESSAGES


@pytest.mark.parametrize("part", range(10))
def test_a_flipped_byte_costs_at_most_one_chunk(whole: bytes, part: int) -> None:
    chance = random.Random(100 + part)
    damaged = 0
    for _ in range(10):
        place = chance.randrange(data_end(whole))
        flipped = bytearray(whole)
        flipped[place] ^= chance.randrange(1, 256)
        numbers, unreadable, ended = read(bytes(flipped))
        assert ended
        lost = sorted(set(range(N_MESSAGES)) - set(numbers))
        assert lost in ([], *(list(chunk) for chunk in CHUNKS))
        assert numbers == sorted(numbers)
        if lost:
            assert any(piece.offset <= place < piece.offset + piece.n_bytes for piece in unreadable)
            damaged += 1
    assert damaged > 0


def test_every_byte_of_a_preamble_may_be_flipped(whole: bytes) -> None:
    start = whole.index(b"\x04\x00\x00\x00zstd", 2000) - 37
    assert whole[start] == Opcode.CHUNK
    for place in range(start, start + 53):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        numbers, _, ended = read(bytes(flipped))
        assert ended
        assert N_MESSAGES - len(numbers) <= FLUSH_EVERY


@pytest.mark.parametrize("data", [b"", b"x", b"\x89MCAP0\r\n", bytes(5000), b"PK\x03\x04" * 999])
def test_what_is_no_recording_gives_nothing(data: bytes) -> None:
    numbers, unreadable, ended = read(data)
    assert numbers == []
    assert not ended
    assert sum(piece.n_bytes for piece in unreadable) == (0 if data[:1] == b"\x89" else len(data))


def test_noise_gives_nothing() -> None:
    chance = random.Random(7)
    for _ in range(50):
        assert read(b"\x89MCAP0\r\n" + chance.randbytes(3000))[0] == []


def test_a_hole_of_zeros_costs_what_it_covers(whole: bytes, tmp_path: Path) -> None:
    third = len(whole) // 3
    holed = whole[:third] + bytes(third) + whole[2 * third :]
    numbers, unreadable, ended = read(holed)
    assert ended
    assert len(numbers) > N_MESSAGES * 0.6
    assert third <= sum(piece.n_bytes for piece in unreadable) < third + 2 * 100 * 60
