"""The examples of the docs run as they are written, but for the address of Redis."""

import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import redis

from tests.cli.program import clean_environment
from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.snippets import block
from tickcast.wire.inbox import Entry, decode_entry
from tickcast.wire.names import MAIN as names

ADDRESS = "redis://127.0.0.1:6379"


def run(code: str, url: str) -> list[Entry]:
    """Run an example against a feed of one partition; return what it hands in."""
    assert ADDRESS in code
    with redis.Redis.from_url(url) as client:
        client.hset(names.meta(0), mapping={"partitions": 1, "case": "upper"})
        command = [sys.executable, "-W", "error", "-c", code.replace(ADDRESS, url)]
        subprocess.run(command, env=clean_environment(), check=True, timeout=60)
        return [decode_entry(fields, 1) for _, fields in client.xrange(names.inbox(0))]


def test_the_example_with_an_event_loop(valkey_url: str) -> None:
    entries = run(block("docs/python.md", "Publish from a program", 0), valkey_url)
    assert [tick.price for entry in entries for tick, _ in entry.ticks] == ["189.34", "189.35", "189.30"]
    assert [each.name for entry in entries for each, _ in entry.descriptions] == ["Apple"]


@pytest.mark.parametrize(
    ("code", "price"),
    [
        (block("docs/python.md", "Publish from a program", 1), "427.9"),
        (block("README.md", "Bring your own prices", 2), "189.34"),
    ],
    ids=["docs", "README"],
)
def test_the_examples_without_one(code: str, price: str, valkey_url: str) -> None:
    (entry,) = run(code, valkey_url)
    assert [tick.price for tick, _ in entry.ticks] == [price]


def request_of(command: str, url: str) -> dict[str, Any]:
    """Return what a command of curl sends to this address, for httpx2: curl may be missing here."""
    program, address, header, field, data, content = shlex.split(command)
    assert (program, header, data) == ("curl", "-H", "-d")
    assert urlsplit(address).path == urlsplit(url).path
    name, value = field.split(": ")
    return {"headers": {name: value}, "content": content}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_example_of_a_web_application(valkey_url: str, tmp_path: Path) -> None:
    code, port = block("docs/python.md", "Publish from a web application"), free_port()
    (tmp_path / "app.py").write_text(code.replace(ADDRESS, valkey_url))
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "app:app", "--port", str(port)]
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(names.meta(0), mapping={"partitions": 1, "case": "upper"})
        app = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.PIPE)
        try:
            wait_until(lambda: listens(port))
            url = f"http://127.0.0.1:{port}/quotes/AAPL"
            with httpx2.Client(trust_env=False, timeout=60) as web:
                quote = block("docs/python.md", "Publish from a web application", 1)
                assert web.post(url, **request_of(quote, url)).status_code == 202
                assert "price" in web.post(url, json={"price": "dear"}).json()["detail"]
                assert web.post(url, json={"cost": 1}).status_code == 400
            app.send_signal(signal.SIGTERM)
            _, log = app.communicate(timeout=60)
        finally:
            app.kill()
            app.communicate()
        assert b"Traceback" not in log
        entries = [decode_entry(fields, 1) for _, fields in client.xrange(names.inbox(0))]
    found = [(tick.symbol, tick.price) for entry in entries for tick, _ in entry.ticks]
    assert found[0] == ("COUNT", "0")
    assert ("AAPL", "189.34") in found
