"""`POST /v1/ticks`: what is taken, in which forms, and what is refused."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.publisher.http.conftest import JSON, PACK, SECRET, Door, Start, held, lines, problem
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.app import MAX_KEY
from tickcast.publisher.http.inboxes import BY
from tickcast.publisher.metrics import PublisherCollector
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError
from tickcast.runtime.response_fields import CLOSED
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of


async def test_lines_are_taken_in_order_into_the_inbox_of_their_partition(door: Door, valkey: Any) -> None:
    answer = await door.post(lines(1, 2) + lines(3, symbol="msft") + b"\r\n" + lines("4.50"))
    assert (answer.status_code, answer.json()) == (200, {"taken": 4, "refused": []})
    assert answer.headers["content-type"] == JSON
    # CRC-32 of AAPL is even, that of MSFT odd.
    assert [json.loads(each)["p"] for each in await held(valkey, 0)] == [1, 2, "4.50"]
    assert [json.loads(each)["S"] for each in await held(valkey, 1)] == ["msft"]
    [(_, fields)] = await valkey.xrange(names.inbox(1))
    assert fields[b"by"] == BY.encode()


async def test_an_array_is_taken_with_the_digits_of_its_numbers(door: Door, valkey: Any) -> None:
    body = b'[\n {"S":"AAPL",\n  "p":189.30}, {"S":"AAPL","p":1e2,"t":1795384800123456} ]'
    answer = await door.post(body, content_type=f"{JSON}; charset=UTF-8")
    assert answer.json() == {"taken": 2, "refused": []}
    assert await held(valkey) == [
        b'{"S":"AAPL",   "p":189.30}',
        b'{"S":"AAPL","p":1e2,"t":1795384800123456}',
    ]


async def test_a_body_may_be_packed_also_in_pieces(door: Door, valkey: Any) -> None:
    for coding, pack in PACK.items():
        for body in (pack(lines(1, 2)), pack(lines(1)) + pack(lines(2))):
            answer = await door.post(body, content_encoding=coding)
            assert answer.json() == {"taken": 2, "refused": []}
    assert len(await held(valkey)) == 2 * 2 * len(PACK)


@pytest.mark.parametrize("kind", ["application/x-ndjson", JSON])
async def test_a_wrong_tick_is_refused_by_its_line_with_the_reason(
    door: Door, valkey: Any, kind: str
) -> None:
    ticks = [
        b'{"S":"AAPL","p":1}',
        b'{"S":"AAPL"}',
        b'{"S":"a,b","p":1}',
        b'{"S":"AAPL","p":1,"t":1795384800}',
        b"7",
        b'{"S":"AAPL","p":2}',
    ]
    body = b"\n".join(ticks) if kind != JSON else b"[%b]" % b",".join(ticks)
    answer = await door.post(body, content_type=kind)
    found = answer.json()
    assert (answer.status_code, found["taken"]) == (200, 2)
    assert [each["line"] for each in found["refused"]] == [2, 3, 4, 5]
    for each, words in zip(
        found["refused"], ["p: missing", "not a symbol", "looks like s", "JSON object"], strict=True
    ):
        assert words in each["reason"]
    assert await held(valkey) == [ticks[0], ticks[-1]]


async def test_symbols_go_where_the_case_of_the_feed_sends_them(door: Door, valkey: Any) -> None:
    upper, lower = (partition_of(each, 3) for each in (b"IBM", b"ibm"))
    assert upper != lower
    for case, partition in [("upper", upper), ("keep", lower)]:
        await valkey.hset(names.meta(0), mapping={"partitions": 3, "case": case})
        await door.post(lines(1, symbol="ibm"))
        assert await held(valkey, partition) == [lines(1, symbol="ibm").strip()]


async def test_nothing_taken_is_an_answer_too(door: Door, valkey: Any) -> None:
    answer = await door.post(b"nonsense \xff\n")
    assert (answer.status_code, answer.json()["taken"]) == (200, 0)
    assert answer.json()["refused"][0]["reason"].startswith("not JSON")
    assert (await door.post(b"[]", content_type=JSON)).json() == {"taken": 0, "refused": []}
    assert not await valkey.exists(names.inbox(0), names.inbox(1))


UNREADABLE: list[tuple[bytes, dict[str, str], str]] = [
    (b'{"S":"AAPL","p":1}', {"content_type": JSON}, "does not begin with ["),
    (b'[{"S":"AAPL","p":1}', {"content_type": JSON}, ", or ] is needed"),
    (b"[1] 2", {"content_type": JSON}, "after the array"),
    (b'[{"S"}]', {"content_type": JSON}, "delimiter"),
    (b"[" * 100_000, {"content_type": JSON}, "too deep"),
    (b"[\xff]", {"content_type": JSON}, "utf-8"),
    (b"no gzip", {"content_encoding": "gzip"}, "no gzip"),
    (b"no zstd", {"content_encoding": "zstd"}, "no zstd"),
    (gzip.compress(lines(1))[:-9], {"content_encoding": "gzip"}, "ends too early"),
    (lines(1), {"key": "x" * (MAX_KEY + 1)}, "1 to 128 characters"),
]


async def test_what_cannot_be_read_is_400(door: Door, valkey: Any) -> None:
    for body, headers, words in UNREADABLE:
        assert words in problem(await door.post(body, **headers), 400)
    assert not await valkey.exists(names.inbox(0))


UNKNOWN = [
    (None, ""),
    ("Basic abc", ""),
    ("Bearer wrong", "invalid_token"),
    (f"Bearer {SECRET}é", "invalid_token"),
]


async def test_without_the_secret_it_is_401(door: Door, valkey: Any) -> None:
    for given, error in UNKNOWN:
        headers = {"content-type": b"application/x-ndjson"}
        if given is not None:
            headers["authorization"] = given.encode("latin-1")
        answer = await door.client.post(door.url, content=lines(1), headers=headers)
        assert SECRET not in problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="tickcast"')
        assert error in answer.headers["www-authenticate"]
    assert not await valkey.exists(names.inbox(0))


async def test_a_new_secret_counts_at_once(door: Door) -> None:
    assert (await door.post(lines(1))).status_code == 200
    door.secret_file.write_text("another")
    problem(await door.post(lines(1)), 401)
    assert (await door.post(lines(1), authorization="bearer another")).status_code == 200
    door.secret_file.write_text(" \n")
    assert "cannot read its secret" in problem(await door.post(lines(1), authorization="Bearer x"), 503)
    door.secret_file.unlink()
    problem(await door.post(lines(1)), 503)


async def test_answers_are_counted_by_their_status(door: Door) -> None:
    for secret in (SECRET, SECRET, "wrong"):
        await door.post(lines(1), authorization=f"Bearer {secret}")
    metrics = PublisherCollector(door.stats, Broker("redis://127.0.0.1")).collect()
    [found] = [each for each in metrics if each.name == "tickcast_publisher_hand_in_requests"]
    assert {each.labels["status"]: each.value for each in found.samples} == {"200": 2, "401": 1}


async def test_elsewhere_is_404_and_other_methods_are_405(door: Door) -> None:
    elsewhere = await door.client.post(door.url + "/", content=lines(1))
    assert "/v1/ticks" in problem(elsewhere, 404)
    answer = await door.client.get(door.url)
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert (await door.client.head(door.url)).status_code == 405


async def test_other_forms_are_415_and_the_answer_says_which_are_taken(door: Door) -> None:
    for kind in ("text/csv", "application/x-ndjson; charset=latin-1"):
        answer = await door.post(lines(1), content_type=kind)
        assert kind in problem(answer, 415)
        assert answer.headers["accept"] == "application/x-ndjson, application/json"
    for coding in ("br", "gzip, gzip"):
        answer = await door.post(lines(1), content_encoding=coding)
        assert coding in problem(answer, 415)
        assert answer.headers["accept-encoding"] == "gzip, zstd"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": "simulated"}, "needs --source inbox"),
        ({"hand_in_secret_file": None}, "needs a secret in a file"),
        ({"hand_in_secret_file": Path("/nowhere/secret")}, "cannot be read: /nowhere/secret"),
        ({"hand_in_secret_file": Path("/dev/null")}, "is empty"),
        ({"hand_in_host": "192.0.2.1"}, "ticks cannot be taken at 192.0.2.1"),
    ],
)
async def test_a_port_that_cannot_serve_stops_the_publisher_at_its_start(
    start: Start, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        await start(**wrong)


def test_no_port_is_open_unless_one_is_set() -> None:
    assert PublisherSettings().hand_in_port is None


async def test_no_answer_is_a_page_for_a_browser(
    door: Door, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        await door.post(lines(1)),
        await door.post(b"rubbish"),
        await door.post(lines(1), authorization="Bearer wrong"),
        await door.client.get(door.url),
        await door.client.get(door.url.replace("/v1/ticks", "/")),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 405, 404]
    # The server answers by itself.
    monkeypatch.setattr("tickcast.publisher.http.server.MAX_CONNECTIONS", 1)
    answers.append(await (await start()).post(lines(1)))
    assert answers[-1].status_code == 503
    for answer in answers:
        for name, value in CLOSED.items():
            assert answer.headers.get_list(name) == [value]
    refused = await what_comes_of(door.port, b"no request\r\n\r\n")
    assert refused.startswith(b"HTTP/1.1 400 ")
    for name, value in CLOSED.items():
        assert f"\r\n{name}: {value}\r\n".encode() in refused


async def what_comes_of(port: int, request: bytes) -> bytes:
    """Send bytes to a port; return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
