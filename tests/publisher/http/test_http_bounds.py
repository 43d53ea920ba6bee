"""`POST /v1/ticks`: how much a body may hold, and what has to wait because something is full or away."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from tests.publisher.http.conftest import JSON, PACK, SECRET, Door, Start, held, lines, problem
from tests.support.servers import PrivateValkey
from tickcast.publisher.http.app import AT_ONCE
from tickcast.publisher.http.body import MAX_PIECES
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.names import MAIN as names


async def test_a_body_may_be_as_large_as_an_entry_and_no_larger(door: Door, valkey: Any) -> None:
    most = lines(*range(MAX_ENTRY_LINES))
    assert (await door.post(most)).json()["taken"] == MAX_ENTRY_LINES
    assert "1000 ticks" in problem(await door.post(most + lines(1)), 413)
    array = b"[" + b",".join(most.splitlines()) + b',{"S":"AAPL","p":1}]'
    problem(await door.post(array, content_type=JSON), 413)
    assert len(await held(valkey)) == MAX_ENTRY_LINES
    full = lines(1) + b" " * (MAX_ENTRY_BYTES - len(lines(1)))
    assert (await door.post(full)).json()["taken"] == 1
    assert f"{MAX_ENTRY_BYTES} bytes" in problem(await door.post(full + b" "), 413)


async def test_a_body_without_a_length_is_kept_up_to_the_bound(door: Door) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 65_536

    headers = {"authorization": f"Bearer {SECRET}", "content-type": "application/x-ndjson"}
    problem(await door.client.post(door.url, content=endless(), headers=headers), 413)
    assert (await door.post(lines(1))).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_unpacking_a_bomb_stops_at_the_bound(
    door: Door, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    bomb = PACK[coding](b" " * 60_000_000)
    assert len(bomb) < MAX_ENTRY_BYTES
    before = _peak()
    problem(await door.post(bomb, content_encoding=coding), 413)
    assert _peak() - before < 12 * 1024


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_body_may_be_packed_in_as_many_pieces_as_it_may_have_ticks(door: Door, coding: str) -> None:
    pieces = [PACK[coding](b"\n")] * (MAX_PIECES - 1)
    whole = b"".join([*pieces, PACK[coding](lines(1))])
    assert (await door.post(whole, content_encoding=coding)).json()["taken"] == 1
    told = problem(await door.post(PACK[coding](b"") + whole, content_encoding=coding), 413)
    assert f"more than {MAX_PIECES} pieces" in told


def _peak() -> int:
    """Return the most memory that this process has had, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


async def test_a_window_larger_than_http_allows_is_refused(door: Door) -> None:
    options = {zstd.CompressionParameter.window_log: 25, zstd.CompressionParameter.content_size_flag: 0}
    packer = zstd.ZstdCompressor(options=options)
    body = packer.compress(lines(1)) + packer.flush()
    problem(await door.post(body, content_encoding="zstd"), 400)


async def test_a_full_inbox_is_503_with_the_time_to_wait(start: Start, valkey: Any) -> None:
    door = await start(inbox_bytes=1024 * 1024)
    body = b"\n".join([b'{"S":"AAPL","p":1,"x":"%b"}' % (b"x" * 100)] * 500)
    answers = [await door.post(body) for _ in range(20)]
    codes = [each.status_code for each in answers]
    fitting = codes.count(200)
    # Half of the inbox is for others.
    assert codes == [200] * fitting + [503] * (20 - fitting)
    assert 0 < fitting == 512 * 1024 // (len(body) + 200)
    assert "half" in problem(answers[-1], 503)
    assert answers[-1].headers["retry-after"] == "1"
    assert len(await held(valkey)) == fitting * 500


async def test_a_redis_that_is_away_is_503_and_nothing_hangs(start: Start) -> None:
    with PrivateValkey() as server:
        door = await start(server.url)
        assert "has begun the feed" in problem(await door.post(lines(1)), 503)
        server.kill()
        answer = await door.post(lines(1))
        assert "nothing is taken now: " in problem(answer, 503)
        assert answer.headers["retry-after"] == "1"


async def test_a_key_of_a_wrong_type_is_503_until_it_is_moved_aside(door: Door, valkey: Any) -> None:
    await valkey.set(names.inbox(0), "x")
    assert f"{names.inbox(0)} a string" in problem(await door.post(lines(1)), 503)
    await valkey.delete(names.inbox(0))
    assert (await door.post(lines(1))).status_code == 200


async def test_more_requests_at_once_than_memory_is_kept_for_are_503(door: Door) -> None:
    head = (
        f"POST /v1/ticks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\n"
        "content-type: application/x-ndjson\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n"
    )
    slow = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(AT_ONCE)]
    for reader, writer in slow:
        writer.write(head.encode())
        # It is asked for its body, so it is under way.
        assert (await reader.readline()).startswith(b"HTTP/1.1 100")
    assert "under way" in problem(await door.post(lines(1)), 503)
    for _, writer in slow:
        writer.close()
        await writer.wait_closed()
