"""`tickcast token`: what it makes is taken by gateways; what it revokes ends."""

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway, stale_after
from tickcast.access.keys import Keys, parse_keys
from tickcast.access.tokens import Verifier
from tickcast.cli.main import app

NAMED = ("--auth-issuer", "https://issuer.test", "--auth-audience", "prices")


def tickcast(*words: object) -> tuple[int, str]:
    """Run `tickcast token`; return its code and what it said."""
    ran = CliRunner().invoke(app, ["token", *map(str, words)])
    return ran.exit_code, ran.output or str(ran.exception)


def made(folder: Path, alg: str = "ES256") -> tuple[Path, Path]:
    """Make a key; return its files."""
    key = folder / "key"
    code, said = tickcast("keygen", "--alg", alg, "--out", key)
    assert code == 0, said
    return key, folder / "key.pub"


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256", "HS256"])
def test_a_token_of_a_new_key_is_taken_and_says_what_was_asked(tmp_path: Path, alg: str) -> None:
    key, public = made(tmp_path, alg)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    if alg == "HS256":
        # There is nothing of it that others may have.
        assert not public.exists()
        public = key
    else:
        assert stat.S_IMODE(public.stat().st_mode) == 0o644
        assert {"d", "k", "p"}.isdisjoint(json.loads(public.read_text())["keys"][0])
    limits = ("--interval", 250, "--streams", 3, "--publish", "X", "--ttl", "10m")
    code, token = tickcast("--key", key, "--subject", "me", "--symbols", "AAPL, B*", *limits, *NAMED)
    assert code == 0, token
    verifier, keys = Verifier("https://issuer.test", "prices"), Keys(parse_keys(public.read_bytes()))
    grant = verifier.verify(token.strip(), verifier.key_of(token.strip(), keys), time.time())
    assert grant[:6] == ("me", ("AAPL", "B*"), 250, 3, 0, ("X",))
    assert grant.expires == pytest.approx(time.time() + 600, abs=60)
    assert grant.issued == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--key, --subject and --symbols are needed; tickcast token keygen"),
        (("--key", "KEY", "--subject", "me"), "--symbols are needed"),
        (("--key", "none", "--subject", "me", "--symbols", "*", *NAMED), "none cannot be read"),
        (("--key", "PUB", "--subject", "me", "--symbols", "*", *NAMED), "has no private part"),
        (
            ("--key", "KEY", "--subject", "me", "--symbols", "*"),
            "--auth-issuer and --auth-audience are needed",
        ),
        (("--key", "KEY", "--subject", "me", "--symbols", "*A", *NAMED), "not a symbol: '*A'"),
        (("--key", "KEY", "--subject", "me", "--symbols", "*", "--ttl", "soon", *NAMED), "--ttl: 'soon'"),
        (("--key", "KEY", "--subject", "me", "--symbols", "*", "--interval", "-1", *NAMED), "from 0 to"),
        (("keygen", "--out", "KEY"), "exists; tokens of its key"),
        (("keygen", "--alg", "none", "--out", "new"), "'none' is not allowed"),
        (("keygen", "--out", "no/such/folder"), "cannot be written"),
    ],
)
def test_what_will_not_do_is_said_in_a_line(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    key, public = made(tmp_path)
    # keygen wrote a set; a signer wants the key alone.
    public.write_text(json.dumps(json.loads(public.read_text())["keys"][0]))
    names = {"KEY": str(key), "PUB": str(public), "new": str(tmp_path / "new")}
    code, said = tickcast(*(names.get(word, word) for word in words))
    assert code == 2 or code == 1
    assert says in said


async def test_who_is_revoked_loses_its_streams_and_comes_back_with_a_newer_token(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    key, public = made(tmp_path)

    def header(subject: str) -> bytes:
        code, token = tickcast("--key", key, "--subject", subject, "--symbols", "*", *NAMED)
        assert code == 0, token
        return b"authorization: Bearer " + token.strip().encode()

    async def status(sent: bytes) -> int:
        return (await answer_of(gateway.url, "/v1/snapshot", sent)).status

    await feeder.tick("A")
    named: dict[str, Any] = {"auth_issuer": NAMED[1], "auth_audience": NAMED[3], "auth_keys": str(public)}
    async with local_gateway(valkey_url, **named) as gateway:
        mine, other = header("me"), header("other")
        async with (
            asked(gateway.url, "/v1/stream", mine) as opened,
            asked(gateway.url, "/v1/stream", other) as kept,
        ):
            await opened.begin()
            await kept.begin()
            assert "tokens of me issued before now are revoked; 1 subjects are" in _revoke(valkey_url, "me")
            *_, last = await opened.finish()
            assert json.loads(last.data)["reason"] == "revoked"
            assert [await status(mine), await status(other)] == [401, 200]
            await kept.silent(0.1)

        async def a_newer_one_counts() -> bool:
            return await status(header("me")) == 200

        await eventually(a_newer_one_counts)
        assert "me count again" in _revoke(valkey_url, "me", "--undo")

        async def counts_again() -> bool:
            return await status(mine) == 200

        await eventually(counts_again)
        assert "me is not revoked" in _revoke(valkey_url, "me", "--undo")
        assert "1 to 256 printable" in _revoke(valkey_url, "a\nb")


def _revoke(url: str, *words: str) -> str:
    # CliRunner starts a loop of its own, which has to be in another thread than this one's.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(tickcast, "revoke", "--redis-url", url, *words).result()[1]


@pytest.fixture
async def feeder(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The writer of the feed."""
    stale_after(monkeypatch, 300.0)
    async with Feeder(valkey_url) as writer:
        yield writer
