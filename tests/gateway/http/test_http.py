"""What is asked over HTTP, well or badly: clear answers, and no trace of what was refused."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.event_stream import EventStream, answer_of, asked, comes_back, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.wire.instrument import Instrument

MANY = ",".join(f"SYM{number}" for number in range(10_000))


def problem_of(answer: EventStream, status: int) -> str:
    """Return the detail of a problem document."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = json.loads(answer.body)
    assert document.keys() == {"title", "status", "detail"}
    assert document["status"] == status
    assert len(answer.body) < 1500
    return str(document["detail"])


@pytest.mark.parametrize(
    ("target", "status", "says"),
    [
        ("/v1/stream?interval=soon", 400, "'soon' is not allowed"),
        ("/v1/stream?snapshot=1", 400, "true or false"),
        ("/v1/stream?colour=red", 400, "unknown parameter 'colour'"),
        ("/v1/stream?symbols=A&symbols=B", 400, "twice"),
        ("/v1/stream?symbols=A%00B,ok", 400, r"'A\x00B'"),
        ("/v1/stream?symbols=A%0d%0aevent:%20bye", 400, "not symbols"),
        ("/v1/stream?symbols=%e2%82%ac", 400, "not symbols"),
        ("/v1/stream?symbols=" + "A" * 20_000, 414, "at most 16384"),
        ("/v1/stream?symbols=" + MANY[:16_000], 400, "at most 1000"),
        ("/v1/stream?symbols=" + MANY, 414, "at most"),
        # Whoever sends one believes that it is asked for.
        ("/v1/stream?access_token=t", 400, "unknown parameter 'access_token'"),
        ("/v1/symbols?access_token=t", 400, "unknown parameter 'access_token'"),
        ("/v1/snapshot?interval=0", 400, "allowed are symbols"),
        ("/v1/symbols?x=1", 400, "allowed are symbols"),
        ("/v2/stream", 404, "/v1/stream"),
        ("/v1/stream/", 404, "/v1/stream"),
        ("/%00", 404, "nothing at"),
        ("/../gateway/http.py", 404, "nothing at"),
        ("/%2e%2e/pyproject.toml", 404, "nothing at"),
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(
    gateway: LocalGateway, target: str, status: int, says: str
) -> None:
    assert says in problem_of(await answer_of(gateway.url, target), status)
    assert gateway.is_empty()
    assert gateway.gateway.live.resume.opened == 0


@pytest.mark.parametrize("target", ["/v1/stream?symbols=A\x01B", "/v1/str\x7feam", "/v1/stream?symbols=A B"])
async def test_raw_control_characters_and_spaces_are_refused(gateway: LocalGateway, target: str) -> None:
    problem_of(await answer_of(gateway.url, target), 400)
    assert gateway.is_empty()


async def test_what_is_no_http_is_refused(gateway: LocalGateway) -> None:
    problem_of(await answer_of(gateway.url, "/", method="\x16\x03\x01"), 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "more"), [("/v1/stream", {"QUERY", "POST"}), ("/v1/snapshot", set()), ("/metrics", set())]
)
async def test_another_method_is_told_which_are_allowed(
    gateway: LocalGateway, method: str, path: str, more: set[str]
) -> None:
    answer = await answer_of(gateway.url, path, b"content-length: 0", method=method)
    assert method in problem_of(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", *more}


async def test_a_head_of_a_stream_ends_at_once(gateway: LocalGateway) -> None:
    async with asked(gateway.url, "/v1/stream", method="HEAD") as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    assert gateway.is_empty()


async def test_a_gateway_is_ready_only_once_it_has_read_what_redis_holds(valkey_url: str) -> None:
    dead = valkey_url.rsplit(":", 1)[0] + ":1"
    async with local_gateway(dead, ready=False) as gateway:
        ready = await answer_of(gateway.url, "/readyz")
        assert ready.status == 503
        body = json.loads(ready.body)
        assert (body["ready"], body["feed"], body["reason"]) == (False, "stale", "no connection to Redis")
        assert (await answer_of(gateway.url, "/healthz")).status == 200
        comes_back(await answer_of(gateway.url, "/v1/stream"), "not ready")
        for path in ("/v1/stream", "/v1/snapshot"):
            answer = await answer_of(gateway.url, path, b"x-tickcast-balanced: 1")
            assert "not ready" in problem_of(answer, 503)
            assert answer.headers["retry-after"] == "2"
        assert gateway.is_empty()


async def test_a_snapshot_has_the_newest_ticks_and_an_etag_that_changes_with_them(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feeder.tick("B", "A", "C", "A")
    await eventually(lambda: len(gateway.gateway.live.last) == 3)
    first = await answer_of(gateway.url, "/v1/snapshot?symbols=a,B")
    assert [(tick["S"], tick["q"]) for tick in json.loads(first.body)["ticks"]] == [("A", 2), ("B", 1)]
    known = b"if-none-match: " + first.headers["etag"].encode()
    assert (await answer_of(gateway.url, "/v1/snapshot?symbols=A,B", known)).status == 304
    others = b'if-none-match: "other"', b'if-none-match: "another", ' + first.headers["etag"].encode()
    assert (await answer_of(gateway.url, "/v1/snapshot?symbols=A,B", *others)).status == 304
    await feeder.tick("C")
    await eventually(lambda: gateway.gateway.live.ingest.ticks == 5)
    assert (await answer_of(gateway.url, "/v1/snapshot?symbols=A,B", known)).status == 304
    await feeder.tick("A")
    await eventually(lambda: gateway.gateway.live.ingest.ticks == 6)
    again = await answer_of(gateway.url, "/v1/snapshot?symbols=A,B", known)
    assert again.status == 200
    assert again.headers["etag"] != first.headers["etag"]


async def test_the_instruments_are_listed(feeder: Feeder, valkey_url: str) -> None:
    await feeder.claim([Instrument("MSFT", "Microsoft “é”", "0.01", "427.90", "USD")])
    async with local_gateway(valkey_url) as gateway:

        async def listed() -> bytes:
            return (await answer_of(gateway.url, "/v1/symbols")).body

        async def lists(symbol: str) -> bool:
            return f'"{symbol}"'.encode() in await listed()

        await eventually(lambda: lists("MSFT"))
        assert json.loads(await listed())[0]["name"] == "Microsoft “é”"
        assert b'"ref":427.90' in await listed()
        tag = (await answer_of(gateway.url, "/v1/symbols")).headers["etag"]
        known = b"if-none-match: " + tag.encode()
        assert (await answer_of(gateway.url, "/v1/symbols", known)).status == 304
        assert json.loads((await answer_of(gateway.url, "/v1/symbols?symbols=ms*")).body)[0]["S"] == "MSFT"
        assert (await answer_of(gateway.url, "/v1/symbols?symbols=gone")).body == b"[]"
        # A symbol that turns up later brings its instrument with it.
        await feeder.claim([Instrument("NEW", "New", "1", "1", "")])
        await feeder.tick("NEW")
        await eventually(lambda: lists("NEW"))
        assert (await answer_of(gateway.url, "/v1/symbols", known)).status == 200


async def test_metrics_are_read_by_prometheus_and_count_what_happened(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A", "B")
        await client.ticks(2)
        text = (await answer_of(gateway.url, "/metrics")).body.decode()
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    prefix = "tickcast_gateway_"
    assert values[(prefix + "clients",)] == 1
    assert values[(prefix + "clients_by_state", "live")] == 1
    assert values[(prefix + "ticks_in_total",)] == 2
    assert values[(prefix + "ticks_out_total",)] == 2
    assert values[(prefix + "batches_in_total",)] == 1
    assert values[(prefix + "symbols",)] == 2
    assert values[(prefix + "feed_live",)] == 1
    assert 0 <= values[(prefix + "lag_seconds",)] < 60
    assert values[(prefix + "gaps_total", "slow")] == 0
    assert all(name.startswith(("tickcast_gateway_", "process_", "python_")) for name, *_ in values)


async def test_the_page_is_served_with_a_policy(gateway: LocalGateway) -> None:
    page = await answer_of(gateway.url, "/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_page_is_compressed_and_not_sent_twice(gateway: LocalGateway) -> None:
    first = await answer_of(gateway.url, "/tickcast.js", b"accept-encoding: br", b"accept-encoding: gzip")
    assert first.headers["content-encoding"] == "gzip"
    tag = first.headers["etag"]
    again = await answer_of(
        gateway.url, "/tickcast.js", b"accept-encoding: gzip", f"if-none-match: {tag}".encode()
    )
    assert (again.status, again.body) == (304, b"")


async def test_a_file_that_is_not_the_pages_is_a_problem(gateway: LocalGateway) -> None:
    answer = await answer_of(gateway.url, "/package.json")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
