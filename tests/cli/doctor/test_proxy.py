"""Faults of proxies, planted in a real nginx before a real gateway, and found by name."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.cli.doctor.before import LINES, deployed_nginx, gateway, nginx_before
from tests.cli.doctor.examined import names, wrong
from tests.proxies.proxy import listens, running_proxy
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.servers import PrivateValkey
from tests.support.tools import need
from tickcast.cli.doctor.examination import Inside, judge_outside, look_outside
from tickcast.cli.doctor.finding import Finding, Level
from tickcast.cli.doctor.gateway_list import GatewayList
from tickcast.cli.doctor.proxy import OF_STREAMS, OF_WEB, judge_connection, judge_silence, judge_streams
from tickcast.cli.doctor.report import Report, report_of
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.doctor.web import Answer, StreamSeen
from tickcast.runtime.redis.errors import LinkError

OLD_LINES = LINES.replace("proxy_http_version 1.1", "proxy_http_version 1.0")
HELD = "proxy_buffering on; proxy_buffers 8 16k; proxy_ignore_headers X-Accel-Buffering;"


async def outside(url: str, **settings: Any) -> Report:
    """Return what is found from outside."""
    given = DoctorSettings(url=url, **settings)
    found = judge_outside(
        await look_outside(given), Inside(LinkError("not asked"), GatewayList([], [], 0)), given
    )
    return report_of(url, "main", found)


async def through(valkey_url: str, folder: Path, lines: str, **settings: Any) -> dict[str, Finding]:
    """Return what is wrong with a gateway behind nginx with these lines."""
    async with gateway(valkey_url, **settings) as running:
        with nginx_before(folder, running.url, lines) as url:
            return wrong(await outside(url))


async def test_a_gateway_without_a_proxy_is_healthy(valkey_url: str) -> None:
    async with gateway(valkey_url) as running:
        report = await outside(running.url)
    assert wrong(report) == {}
    assert names(report, Level.OK) >= {*OF_WEB, "web-connection"}
    # Only what needs Redis, which is not asked here.
    assert names(report, Level.UNCHECKED) == {"redis-open"}


async def test_nginx_as_shipped_is_healthy(valkey_url: str, tmp_path: Path) -> None:
    async with gateway(valkey_url) as running:
        with deployed_nginx(tmp_path, running.gateway.settings.port) as url:
            report = await outside(url)
    assert wrong(report) == {}
    assert names(report, Level.OK) >= {*OF_WEB, "web-connection"}


@pytest.mark.parametrize(
    ("kind", "program"), [("nginx", "nginx"), ("HAProxy", "haproxy"), ("Apache httpd", "apache2")]
)
async def test_the_best_lines_of_the_docs_are_healthy(valkey_url: str, kind: str, program: str) -> None:
    need(program)
    async with gateway(valkey_url) as running:
        port = running.gateway.settings.port
        with running_proxy(kind, "best", [port, port]) as proxy:
            await listens(proxy)
            report = await outside(proxy.url)
    assert wrong(report) == {}
    assert names(report, Level.OK) >= {*OF_WEB}
    trusted = [each for each in report.findings if each.name == "proxy-addresses"]
    assert trusted[0].what == "gateways know where clients come from"


async def test_a_proxy_that_buffers_is_found(valkey_url: str, tmp_path: Path) -> None:
    # What comes in chunks nginx passes on at once, also from its buffers.
    lines = OLD_LINES.replace("proxy_buffering off;", HELD)
    found = await through(valkey_url, tmp_path, lines)
    assert found["stream-buffering"].level is Level.FAULT


async def test_a_proxy_that_asks_by_http_1_0_is_found(valkey_url: str, tmp_path: Path) -> None:
    found = await through(valkey_url, tmp_path, OLD_LINES)
    assert set(found) == {"proxy-http"}


async def test_a_time_out_below_the_heartbeat_is_found(valkey_url: str, tmp_path: Path) -> None:
    found = await through(valkey_url, tmp_path, LINES.replace("75s", "4s"), heartbeat=5000)
    assert set(found) == {"stream-silence"}
    assert "after 4 s" in found["stream-silence"].what


async def test_a_proxy_that_keeps_compression_away_is_found(valkey_url: str, tmp_path: Path) -> None:
    found = await through(valkey_url, tmp_path, LINES + 'proxy_set_header Accept-Encoding "";')
    assert set(found) == {"stream-compression"}
    assert found["stream-compression"].level is Level.WARNING


async def test_a_proxy_that_compresses_by_itself_and_holds_events_back_is_found(
    valkey_url: str, tmp_path: Path
) -> None:
    lines = LINES.replace("proxy_buffering off;", HELD)
    lines += 'proxy_set_header Accept-Encoding ""; gzip on; gzip_proxied any; gzip_types text/event-stream;'
    found = await through(valkey_url, tmp_path, lines)
    assert found["stream-compression"].level is Level.FAULT


async def test_a_proxy_that_nobody_trusts_is_found(valkey_url: str, tmp_path: Path) -> None:
    found = await through(valkey_url, tmp_path, LINES, trusted_proxies="")
    assert set(found) == {"proxy-addresses"}
    assert "TICKCAST_TRUSTED_PROXIES" in found["proxy-addresses"].mend


async def test_a_proxy_that_does_not_say_where_clients_come_from_is_found(
    valkey_url: str, tmp_path: Path
) -> None:
    lines = LINES.replace("proxy_set_header X-Forwarded-For $remote_addr;", "")
    found = await through(valkey_url, tmp_path, lines)
    assert found["proxy-addresses"].level is Level.WARNING


async def test_a_name_that_the_gateway_does_not_take_is_found(valkey_url: str, tmp_path: Path) -> None:
    lines = LINES.replace("$http_host", "prices.example")
    assert "TICKCAST_ALLOWED_HOSTS" in (await through(valkey_url, tmp_path, lines))["web-host"].mend


async def test_a_proxy_without_a_gateway_is_found(tmp_path: Path) -> None:
    with nginx_before(tmp_path, "http://127.0.0.1:9") as url:
        report = await outside(url)
    assert "a proxy reaches no gateway" in wrong(report)["web-connection"].what
    assert names(report, Level.UNCHECKED) >= {*OF_WEB}


async def test_a_gateway_that_is_not_ready_is_found_with_its_reason(valkey_url: str) -> None:
    async with local_gateway("redis://127.0.0.1:9", ready=False) as running:
        report = await outside(running.url)
    assert "connection to Redis" in wrong(report)["web-ready"].what


async def test_a_gateway_that_lacks_a_right_in_redis_is_found(private_valkey: PrivateValkey) -> None:
    with redis.Redis.from_url(private_valkey.url) as client:
        client.execute_command("ACL", "SETUSER", "lame", "on", "nopass", "~*", "&*", "+@all", "-subscribe")
    lame = f"redis://lame:any@127.0.0.1:{private_valkey.port}/0"
    async with Feeder(private_valkey.url), local_gateway(lame, ready=False) as running:
        await eventually(lambda: "right" in running.gateway.live.state.reason)
        report = await outside(running.url)
    assert "Redis denies a right" in wrong(report)["web-ready"].what


async def test_what_is_no_tickcast_is_found(tmp_path: Path) -> None:
    with nginx_before(tmp_path, "http://127.0.0.1:9", "location /v1/ { return 200 hello; }") as url:
        assert "no Tickcast" in wrong(await outside(url))["web-connection"].what


def test_what_nobody_knows_is_not_healthy() -> None:
    silent = StreamSeen(Answer(0))
    assert {each.name for each in judge_streams(silent, silent) if each.level is Level.OK} == set()
    refused = StreamSeen(Answer(400, body=b'{"detail":"no such thing"}'))
    opened, *rest = judge_streams(refused, refused)
    assert "no such thing" in opened.what
    assert {each.level for each in rest} == {Level.UNCHECKED}
    assert {each.name for each in (opened, *rest)} == {*OF_STREAMS}


@pytest.mark.parametrize("event", ["bye", "tick"])
def test_a_stream_that_was_ended_or_is_busy_says_nothing_of_silence(event: str) -> None:
    seen = StreamSeen(Answer(200), 0.1, 5.0, [(0.1, "hello"), (0.2, event)], 0.3)
    assert judge_silence(seen).level is Level.UNCHECKED


def test_an_error_of_a_proxy_is_named_by_its_status() -> None:
    assert "answers 503" in judge_connection(Answer(503), "http://a").what
    assert "(404)" in judge_connection(Answer(404), "http://a").what


async def test_a_balancer_that_keeps_health_checks_back_is_healthy(valkey_url: str, tmp_path: Path) -> None:
    lines = LINES + "location /healthz { return 404; } location /readyz { return 404; }"
    async with gateway(valkey_url) as running:
        with nginx_before(tmp_path, running.url, lines) as url:
            report = await outside(url)
    assert wrong(report) == {}
    assert names(report, Level.UNCHECKED) >= {"web-ready"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-tickcast-seen: \xff;=;http\r\ncontent-type: text/event-stream\r\n\r\n\xff\xff",
        b"HTTP/1.1 200 OK\r\nx-tickcast-seen: http=1.1\r\ncontent-type: text/event-stream\r\n"
        b"content-encoding: gzip\r\n\r\nno gzip",
        b"HTTP/1.1 200 OK\r\nx-tickcast-seen: http=1.1\r\ncontent-type: text/event-stream\r\n\r\n"
        b"event: hello\ndata: [\n\n",
        b"HTTP/1.1 503 no\r\nx-tickcast-seen: http=1.1\r\ncontent-length: 99\r\n\r\n[1]",
        b"HTTP/1.1 403 no\r\nx-tickcast-seen: http=1.1\r\ncontent-length: 1\r\n\r\n1",
    ],
)
async def test_whatever_answers_ends_in_findings(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        report = await outside(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert not report.is_healthy
    assert {each.name for each in report.findings} >= {*OF_WEB, "web-connection", "auth-off", "private-paths"}
