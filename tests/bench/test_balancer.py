"""nginx with the configuration of deploy/nginx before a gateway; what compressed streams become there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.support.tools import need
from tickcast.bench import balancer
from tickcast.bench.checker import Times
from tickcast.bench.cores import divided
from tickcast.bench.decoder import Decoder
from tickcast.bench.options import Options
from tickcast.bench.scenario import Bench
from tickcast.bench.scenarios.balancer import SCENARIO, fitted
from tickcast.bench.stack import stack
from tickcast.bench.window import Window
from tickcast.gateway.fanout.group import MIN_SHARERS
from tickcast.runtime.errors import UserError

TICKS = 200
STREAM = "/v1/stream?symbols=*"


class Place(NamedTuple):
    """Ports of 127.0.0.1."""

    nginx: int
    gateway: int


@pytest.fixture
def place() -> Iterator[Place]:
    need("nginx")
    with (
        divided() as cores,
        stack(cores) as running,
        running.redis(),
        running.feeder(8, 400.0),
        balancer.balanced(running) as (_, nginx, gateway),
    ):
        yield Place(nginx, gateway)


class Line:
    """A raw HTTP/1.1 client of one stream, which keeps every byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._decoder = Decoder()
        self.body = b""
        """The chunks that came, joined, still compressed."""
        self.plain = b""
        """The same as a client reads it."""
        self._raw = Decoder()

    async def read_until(self, ticks: int) -> None:
        """Read until so many ticks have come."""
        while self.plain.count(b"event: tick") < ticks:
            data = await self._reader.read(65536)
            assert data, "the stream ended"
            self.plain += self._decoder.feed(data)
            self.body += self._raw.feed(data.replace(b"content-encoding", b"x-encoding"))

    def close(self) -> None:
        self._writer.close()


async def opened(port: int, encoding: str) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: {encoding}\r\n\r\n"
    writer.write(head.encode())
    return Line(reader, writer)


def without_a_hole(text: str) -> bool:
    """Tell whether the ticks of a stream count up by one, symbol by symbol."""
    newest: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith('data: {"S"') and line.endswith("}"):
            tick = json.loads(line.removeprefix("data: "))
            if newest.get(tick["S"], tick["q"] - 1) != tick["q"] - 1:
                return False
            newest[tick["S"]] = tick["q"]
    return bool(newest)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_nginx_passes_compressed_frames_on_as_they_are_to_whoever_comes_when(
    place: Place, encoding: str
) -> None:
    # So many that their frames refer to earlier ones, which late comers have not had.
    first = [await opened(place.nginx, encoding) for _ in range(MIN_SHARERS)]
    await asyncio.gather(*(line.read_until(TICKS // 4) for line in first))
    late, direct = await opened(place.nginx, encoding), await opened(place.gateway, encoding)
    await asyncio.gather(*(line.read_until(TICKS) for line in (*first, late, direct)))
    for line in (*first, late, direct):
        assert f"-encoding: {encoding}".encode() in line.body.lower().partition(b"\r\n\r\n")[0]
        assert without_a_hole(line.plain.decode())
    # Frames are the same for everybody, and so are their bytes behind nginx.
    frames = direct.body[-2500:-1500]
    assert frames in late.body
    for line in (*first, late, direct):
        line.close()


async def test_httpx2_reads_through_nginx_what_it_asks_for(place: Place) -> None:
    url = f"http://127.0.0.1:{place.nginx}{STREAM}"
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", url, headers={"accept-encoding": "gzip"}) as answer,
    ):
        assert answer.headers["content-encoding"] == "gzip"
        assert without_a_hole(await enough(answer.aiter_text()))


async def test_curl_reads_through_nginx_what_it_asks_for(place: Place) -> None:
    url = f"http://127.0.0.1:{place.nginx}{STREAM}"
    curl = await asyncio.create_subprocess_exec(
        need("curl"), "-sN", "--compressed", url, stdout=asyncio.subprocess.PIPE
    )
    assert curl.stdout is not None
    text = await enough(part.decode() async for part in curl.stdout)
    curl.kill()
    await curl.wait()
    assert without_a_hole(text)


async def enough(parts: AsyncIterator[str]) -> str:
    """Return the text of a stream up to some tick behind the last that is wanted."""
    text = ""
    async for part in parts:
        text += part
        if text.count("event: tick") > TICKS:
            break
    return text[: text.rindex("event: tick")]


def test_what_deploy_no_longer_has_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "deploy"
    changed.mkdir()
    (changed / "listen-http.conf").write_text("listen 9090;\n")
    monkeypatch.setattr(balancer, "DEPLOYED", changed)
    with pytest.raises(UserError, match="no longer has 'listen 8080 '"):
        balancer.configure(tmp_path, 1, 2, 3)


def window(frames: float, size: int, cpu: float) -> Window:
    return Window(1.0, cpu, 0, size, 0, 0.0, 0.0, 0.0, 0, Times(), frames)


def test_two_loads_tell_what_a_frame_and_what_a_byte_costs() -> None:
    small, large = window(1000, 100_000, 0.011), window(1000, 1_000_000, 0.020)
    model = fitted(small, large)
    assert model.frame == pytest.approx(10e-6)
    assert model.byte == pytest.approx(10e-9)
    assert model.core(window(2000, 0, 0)) == pytest.approx(0.02)


def test_the_scenario_counts_frames_that_went_through_nginx(monkeypatch: pytest.MonkeyPatch) -> None:
    need("nginx")
    monkeypatch.setattr("tickcast.bench.scenarios.balancer.SMALL_CLIENTS", 400)
    monkeypatch.setattr("tickcast.bench.scenarios.balancer.LARGE_CLIENTS", 40)
    with divided() as cores:
        result = SCENARIO.run(Bench(cores, Options(seconds=4.0), lambda _: None))
    small = result.row("400 of one symbol")
    assert float(small["frames"] or 0) == pytest.approx(1600, rel=0.5)
    assert float(small["core"] or 0) > 0
    assert float(result.row("fitted")["relay"] or 0) > 0
