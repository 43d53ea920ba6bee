"""Commands that read prices show a token from a file to a gateway that wants one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.program import tickcast
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway, stale_after
from tickcast.cli.main import app

NAMED = ("--auth-issuer", "https://issuer.test", "--auth-audience", "prices")


@pytest.fixture
async def url(valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A gateway that wants tokens; `token` in the folder of the test holds one."""
    stale_after(monkeypatch, 300.0)
    key = tmp_path / "key"
    CliRunner().invoke(app, ["token", "keygen", "--out", str(key)])
    words = ["token", "--key", str(key), "--subject", "me", "--symbols", "*", *NAMED]
    (tmp_path / "token").write_text(CliRunner().invoke(app, words).output)
    public = {"auth_issuer": NAMED[1], "auth_audience": NAMED[3], "auth_keys": f"{key}.pub"}
    async with Feeder(valkey_url) as feeder, local_gateway(valkey_url, **public) as gateway:
        ticking = asyncio.create_task(_tick(feeder))
        yield gateway.url
        ticking.cancel()


async def _tick(feeder: Feeder) -> None:
    while True:
        await feeder.tick("A")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("command", [("tail", "--json", "--count", "1"), ("verify", "--seconds", "1")])
async def test_a_gateway_that_wants_a_token_gets_it_from_a_file(
    url: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    words = *command, "--url", url
    refused = await asyncio.to_thread(tickcast, *words)
    assert refused.returncode in (1, 2)
    assert refused.stderr.count("\n") == 1
    assert "HTTP 401: " in refused.stderr
    assert refused.stderr.endswith("; --token-file FILE shows a token\n")
    taken = await asyncio.to_thread(tickcast, *words, "--token-file", str(tmp_path / "token"))
    assert (taken.returncode, taken.stderr) == (0, "")


@pytest.mark.parametrize("command", ["tail", "verify"])
def test_a_file_without_a_token_is_one_line(command: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name, why in (("missing", "it cannot be read (No such file"), ("empty", "the file holds no token")):
        done = tickcast(command, "--token-file", str(tmp_path / name))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert why in done.stderr
