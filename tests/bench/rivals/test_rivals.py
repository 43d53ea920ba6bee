"""The drivers of rivals whose binaries are not here, against stand-ins that check the documented requests."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.rivals.hub import install
from tickcast.bench.comparison import Comparison, Feed
from tickcast.bench.cores import divided
from tickcast.bench.rivals import centrifugo, mercure
from tickcast.bench.rivals.centrifugo_feeder import requests as centrifugo_requests
from tickcast.bench.rivals.posting import RefusedError, check
from tickcast.bench.scenario import Bench, Options
from tickcast.bench.servers import RIVALS, Server, remarks
from tickcast.bench.stack import stack
from tickcast.bench.trial import measure, trial_of
from tickcast.wire.batch import Batch
from tickcast.wire.position import START

CLIENTS = 5


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What is on PATH is looked up once in a run of the bench; here it changes."""
    mercure.installed.cache_clear()
    yield
    mercure.installed.cache_clear()


def server(name: str) -> Server:
    return next(rival.server for rival in RIVALS if rival.server.name == name)


def put_on_path(monkeypatch: pytest.MonkeyPatch, directory: Path, name: str, module: str) -> None:
    install(directory, name, f"tests.bench.rivals.{module}")
    monkeypatch.setenv("PATH", str(directory))


def delivered(name: str) -> None:
    """Measure a rival shortly: every tick must come to every client."""
    with divided() as cores, stack(cores) as place, place.redis():
        window = measure(trial_of(server(name), ["AAAA,AAAC"] * CLIENTS, 1), place, 4, 100.0, 2.0)
    assert window.checked == window.ticks
    # About: a busy machine may hold up the beginning or the end of so short a time.
    assert 0.5 < window.rate / (CLIENTS * 50) < 1.5


def test_centrifugo_gets_and_delivers_every_tick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_on_path(monkeypatch, tmp_path / "bin", "centrifugo", "fake_centrifugo")
    assert not centrifugo.missing()
    delivered("Centrifugo")


@pytest.mark.parametrize(
    ("name", "version"), [("mercure", "1.2.0"), ("mercure", "0.20.2"), ("caddy", "1.0.0")]
)
def test_mercure_of_either_generation_gets_and_delivers_every_tick(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, version: str
) -> None:
    put_on_path(monkeypatch, tmp_path / "bin", name, "fake_mercure")
    monkeypatch.setenv("MERCURE_VERSION", version)
    assert not mercure.missing()
    delivered("Mercure")


def test_what_is_not_on_path_is_told_as_not_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = [remark for remark in remarks() if remark.startswith(("Mercure", "Centrifugo"))]
    assert told == [
        "Mercure: not measured: neither mercure nor a caddy with its module is on PATH",
        "Centrifugo: not measured: centrifugo is not on PATH",
    ]


def test_a_caddy_without_the_module_is_no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    caddy = tmp_path / "caddy"
    caddy.write_text("#!/bin/sh\necho http.handlers.headers v2.11.0\n")
    caddy.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mercure.installed() is None


def test_a_rival_that_does_not_start_is_noted_and_ours_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "centrifugo"
    broken.write_text("#!/bin/sh\necho unknown option; exit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with divided() as cores, Comparison(Bench(cores, Options(), lambda _: None), "test", 1.0) as found:
        found.add_rivals([server("Centrifugo")], ["AAAA"], 1, Feed(1, 10.0))
    assert not found.rows
    assert any(note.startswith("Centrifugo: not measured: centrifugo ended") for note in found.notes)


def test_a_batch_is_one_request_of_as_many_publications() -> None:
    ticks = [(b"A", b'{"S":"A"}'), (b"B", b'{"S":"B"}')]
    head, _, body = centrifugo_requests(Batch("e" * 16, START, START, 0, ticks), "k").partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) in head
    assert json.loads(body) == {
        "commands": [{"publish": {"channel": each, "data": {"S": each}}} for each in "AB"]
    }
    assert centrifugo_requests(Batch("e" * 16, START, START, 0, []), "k") == b""


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 401 Unauthorized\r\n\r\n", b'HTTP/1.1 200 OK\r\n\r\n{"error":{"code":102}}']
)
async def test_a_refused_tick_does_not_pass_unseen(answer: bytes) -> None:
    reader = asyncio.StreamReader()
    checked = asyncio.create_task(check(reader, b'"error":{'))
    good = b'HTTP/1.1 200 OK\r\n\r\n{"replies":[]}'
    for place in range(0, len(good + answer), 3):
        reader.feed_data((good + answer)[place : place + 3])
        await asyncio.sleep(0)
    with pytest.raises(RefusedError, match="refused"):
        await checked
