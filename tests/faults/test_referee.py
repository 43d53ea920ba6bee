"""The other parts of the referee: schedules, the ledger, the reader of streams, lines."""

import asyncio
import gzip
import json
import random
import re
import sys
import zlib
from pathlib import Path

import pytest

from tests.faults.referee.crowd import ENCODINGS, KINDS, plans
from tests.faults.referee.faults.all import FAULTS
from tests.faults.referee.ledger import Ledger
from tests.faults.referee.proxy import DOWN, UP, Line
from tests.faults.referee.reader import GO_WINDOW, GoGunzip, MalformedError, StreamReader
from tests.faults.referee.schedule import draw, possible, schedule
from tests.faults.referee.trace import Tick
from tests.faults.referee.world import FAST, RARE
from tests.support.ports import free_port

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

T = 1_800_000_000_000_000


def test_a_seed_gives_the_same_schedule_and_another_one_another() -> None:
    assert schedule(7, 60, [*FAULTS]) == schedule(7, 60, [*FAULTS])
    assert schedule(7, 60, [*FAULTS]) != schedule(8, 60, [*FAULTS])
    assert draw(7) == draw(7)
    assert len({draw(seed) for seed in range(100)}) > 20


def test_a_schedule_ends_in_time_and_never_does_two_things_to_one_part_at_once() -> None:
    for seed in range(50):
        busy: dict[str, float] = {}
        for step in schedule(seed, 20, [*FAULTS]):
            part = FAULTS[step.fault].part
            assert busy.get(part, 0) <= step.at <= step.at + step.lasts <= 20 + 1e-9
            busy[part] = step.at + step.lasts


def test_every_fault_is_drawn_and_only_the_wanted_ones_where_some_are_wanted() -> None:
    drawn = {step.fault for seed in range(1000) for step in schedule(seed, 20, possible(draw(seed).kind))}
    assert drawn == FAULTS.keys()
    assert {step.fault for step in schedule(1, 60, ["redis_frozen"])} == {"redis_frozen"}


def test_a_crowd_has_clients_of_all_kinds_each_with_symbols_that_differ() -> None:
    found = plans(FAST, RARE, random.Random(1), KINDS)
    assert {plan.encoding for plan in found} == set(ENCODINGS)
    assert {plan.interval for plan in found} == {0, 50, 250, 1000}
    assert {plan.pace for plan in found} == {"fast", "slow", "stopped"}
    kinds = ("array", "bars", "patches", "wanders", "hostile")
    assert all(any(getattr(plan, kind) for plan in found) for kind in kinds)
    assert all(len(set(plan.symbols)) == len(plan.symbols) for plan in found)
    assert len({plan.name for plan in found}) == KINDS


# The ledger


def batch(epoch: str, own: str, prev: str, *qs: int) -> bytes:
    """Return the bytes of a batch as they stand in the log."""
    lines = [f'A\t{{"S":"A","q":{q},"t":{T + q},"p":1.50,"s":2}}\n' for q in qs]
    return f"2 {epoch} {own} {prev} {T} {len(qs)} 0 0\n{''.join(lines)}".encode()


def qs_of(ledger: Ledger) -> list[tuple[str, int]]:
    return [(each.epoch, each.tick.q) for each in ledger.ticks.get("A", [])]


def test_a_batch_that_is_read_and_heard_counts_once_and_in_the_order_of_the_log() -> None:
    ledger = Ledger()
    for raw in (batch("e1", "5-0", "4-0", 3), batch("e1", "4-0", "0-0", 1, 2), batch("e1", "5-0", "4-0", 3)):
        ledger.add(0, raw, T + 9)
    assert ledger.accepted == 3
    ledger.close()
    assert qs_of(ledger) == [("e1", 1), ("e1", 2), ("e1", 3)]
    assert (ledger.holes, ledger.wrong, ledger.accepted) == (0, [], 3)
    assert ledger.place(Tick("A", 2, T + 2, "1.50"), None, T) == 1
    assert ledger.place(Tick("A", 2, T + 2, "1.51"), None, T) is None


def test_the_order_is_that_of_epoch_then_q() -> None:
    ledger = Ledger()
    ledger.add(0, batch("e1", "9-0", "0-0", 1, 2), T)
    # Its clock was set back: the ids of the new epoch are below those of the old one.
    ledger.add(0, batch("e2", "3-0", "2-0", 1), T)
    assert ledger.newest_ticks()["A"].q == 1
    ledger.close()
    assert qs_of(ledger) == [("e1", 1), ("e1", 2), ("e2", 1)]


def test_the_ledger_knows_what_it_lacks_and_what_a_publisher_miscounted() -> None:
    lacking = Ledger()
    lacking.add(0, batch("e1", "4-0", "0-0", 1), T)
    lacking.add(0, batch("e1", "6-0", "5-0", 3), T)
    lacking.close()
    assert (lacking.holes, lacking.wrong) == (1, [])
    miscounted = Ledger()
    miscounted.add(0, batch("e1", "4-0", "0-0", 1, 3), T)
    miscounted.close()
    assert miscounted.wrong == ["A: q 3 accepted after 1"]


def test_a_heartbeat_is_a_sign_of_life_and_rubbish_is_named() -> None:
    ledger = Ledger()
    ledger.add(0, batch("e1", "4-0", "4-0"), T)
    ledger.add(0, b"rubbish", T)
    ledger.close()
    assert (ledger.signs, ledger.accepted, len(ledger.wrong)) == ([T], 0, 1)


# The reader

TICK = {"S": "A", "q": 3, "t": T, "p": 1.5}
EVENT = b"event: tick\ndata: " + json.dumps(TICK).encode() + b"\nid: c.1\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def encoded(encoding: str, body: bytes) -> bytes:
    """Return a whole answer of one event."""
    head = HEAD if encoding == "identity" else HEAD + b"Content-Encoding: %b\r\n" % encoding.encode()
    packed = {"identity": body, "gzip": gzip.compress(body), "zstd": zstd.compress(body)}[encoding]
    return head + b"\r\n" + chunk(packed) + b"0\r\n\r\n"


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_is_read_however_its_bytes_are_cut(encoding: str, size: int) -> None:
    answer, reader = encoded(encoding, EVENT + EVENT), StreamReader(encoding)
    found = [event for at in range(0, len(answer), size) for event in reader.feed(answer[at : at + size])]
    assert [(event.kind, event.data, event.id) for event in found] == [
        ("tick", ("A", 3, T, "1.5"), "c.1")
    ] * 2
    assert (reader.status, reader.complete) == (200, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        HEAD + b"\r\nxyz\r\n",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + chunk(EVENT),
        HEAD + b"\r\n" + chunk(b"event: tick\ndata: {\n\n"),
        HEAD + b"\r\n" + chunk(b'event: tick\ndata: {"S":"A"}\n\n'),
    ],
)
def test_what_is_no_stream_is_malformed(answer: bytes) -> None:
    with pytest.raises(MalformedError):
        StreamReader("gzip").feed(answer)


def test_what_go_reads_comes_at_the_next_empty_block_and_not_before() -> None:
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    with_end = packer.compress(b"one") + packer.flush(zlib.Z_SYNC_FLUSH)
    stored = b"\x00\x03\x00\xfc\xfftwo"
    go = GoGunzip()
    assert [go.decompress(bytes((byte,))) for byte in with_end][-1] == b"one"
    assert go.decompress(stored) == b""
    assert go.decompress(b"\x00\x00\x00\xff\xff" + stored) == b"two"
    size = GO_WINDOW
    full = b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + b"x" * size
    assert len(go.decompress(full)) >= size


# Lines


class Echo:
    """A server that sends back what it gets."""

    def __init__(self) -> None:
        self.port = free_port()

    async def __aenter__(self) -> "Echo":
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(1000):
                    writer.write(data)
            except ConnectionError:
                pass
            finally:
                writer.close()

        self._server = await asyncio.start_server(echo, "127.0.0.1", self.port)
        self.line = Line(self.port, free_port())
        await self.line.open()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.line.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()
        await self.line.close()
        self._server.close()

    async def ask(self, data: bytes) -> bytes:
        """Send and return what comes back; nothing at the end."""
        self.writer.write(data)
        async with asyncio.timeout(20):
            return await self.reader.read(1000)


@pytest.mark.parametrize("ways", [(UP,), (DOWN,), (UP, DOWN)])
async def test_a_black_hole_keeps_everything_until_it_heals(ways: tuple[str, ...]) -> None:
    async with Echo() as echo:
        assert await echo.ask(b"before") == b"before"
        echo.line.hole(*ways)
        asked = asyncio.create_task(echo.ask(b"within"))
        done, _ = await asyncio.wait({asked}, timeout=0.3)
        assert not done
        echo.line.heal()
        assert await asked == b"within"


async def test_a_torn_line_ends_in_the_middle_of_what_came_and_a_cut_one_at_once() -> None:
    async with Echo() as echo:
        echo.line.tear()
        assert await echo.ask(b"12345678") == b"1234"
        assert await echo.ask(b"") == b""
    async with Echo() as echo:
        assert await echo.ask(b"before") == b"before"
        echo.line.cut()
        with pytest.raises(ConnectionError):
            await echo.ask(b"after")


async def test_a_slow_line_delays_and_a_thin_one_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    async with Echo() as echo:
        for name, value in (("delay", 0.1), ("rate", 50)):
            setattr(echo.line, name, value)
            began = loop.time()
            await echo.ask(b"12345")
            assert loop.time() - began >= 0.2
            echo.line.heal()


def test_the_page_on_reliability_has_every_fault_once_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs/reliability.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page.partition("## Faults")[2], re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(FAULTS)
