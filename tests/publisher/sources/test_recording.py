import gzip
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.ticks import DAY
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.recording import Recording
from tickcast.wire.tick import Tick, encode_tick

TICKS = [Tick("AAPL", DAY + number, f"{number}.50", "1") for number in range(1, 20_001)]
JSON = b"".join(encode_tick(tick, 9) + b"\n" for tick in TICKS)
TABLE = b"S,t,p,s\r\n" + b"".join(f"AAPL,{tick.time},{tick.price},1\r\n".encode() for tick in TICKS)


def line(number: int) -> bytes:
    return b'{"S":"A","t":%d,"p":%d}\n' % (DAY + number, number)


def read(path: Path) -> tuple[list[Tick], Complaints]:
    complaints = Complaints("replay", str(path))
    return [tick for block in Recording(str(path), complaints).blocks() for tick in block], complaints


@pytest.mark.parametrize("content", [JSON, TABLE], ids=["json", "csv"])
@pytest.mark.parametrize("packed", [False, True])
def test_packing_and_format_are_told_by_content_not_by_name(
    tmp_path: Path, content: bytes, packed: bool
) -> None:
    path = tmp_path / "misleading.csv.gz.jsonl"
    path.write_bytes(gzip.compress(content) if packed else content)

    ticks, complaints = read(path)

    assert ticks == TICKS
    assert complaints.count == 0


def test_it_is_read_in_blocks_not_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "day"
    path.write_bytes(gzip.compress(JSON))
    blocks = [len(block) for block in Recording(str(path), Complaints("replay", "day")).blocks()]

    assert max(blocks) < 2_000


def test_malformed_lines_are_told_with_their_numbers_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "day"
    path.write_bytes(b"# notes\n\n" + line(1) + b'{"S":"A","t":2}\n' + line(3) + b'{"S":')
    with capture_logs() as logs:
        ticks, complaints = read(path)

    assert [tick.time for tick in ticks] == [DAY + 1, DAY + 3]
    assert [log["line"] for log in logs] == [1, 4, 6]
    assert logs[1]["reason"] == "p: missing; a tick needs S, t and p"
    assert complaints.count == 3


def test_an_overlong_line_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "day"
    path.write_bytes(gzip.compress(b'{"S":"' + b"A" * 5_000_000 + b'"}\n' + line(1)))
    with capture_logs() as logs:
        ticks, _ = read(path)

    assert [tick.time for tick in ticks] == [DAY + 1]
    assert [(log["line"], log["reason"]) for log in logs] == [(1, "longer than 1048576 bytes")]


def test_of_a_file_cut_short_everything_before_the_cut_is_read(tmp_path: Path) -> None:
    path = tmp_path / "day.gz"
    packed = gzip.compress(b"".join(JSON.splitlines(keepends=True)[:500]))
    path.write_bytes(packed[: len(packed) // 2])
    with capture_logs() as logs:
        ticks, _ = read(path)

    assert len(ticks) > 100
    assert ticks == TICKS[: len(ticks)]
    assert "the gzip data breaks off" in logs[0]["reason"]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"hello\nworld\n", b"S,t,p\n", gzip.compress(b"", mtime=0), b"\x1f\x8bnot gzip"]
)
def test_a_file_without_a_tick_is_an_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "day"
    path.write_bytes(content)
    with capture_logs(), pytest.raises(SourceError, match=r"day: holds no tick") as error:
        read(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_errors_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere: No such file"):
        Recording(str(tmp_path / "nowhere"), Complaints("replay", "nowhere"))
    with pytest.raises(SourceError, match="is a folder"):
        Recording(str(tmp_path), Complaints("replay", "folder"))
    with pytest.raises(SourceError, match="null"):
        Recording("a\0b", Complaints("replay", "null"))


def test_a_pipe_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    recording = Recording(str(path), Complaints("replay", "pipe"))
    # Opened for both directions, so that neither open waits for the other.
    descriptor = os.open(path, os.O_RDWR)
    os.write(descriptor, line(1))
    blocks = recording.blocks()
    assert [tick.time for tick in next(blocks)] == [DAY + 1]
    os.close(descriptor)
    assert list(blocks) == [[]]
