"""Tokens are proved once, for as long as their key and their time allow; keys change without a restart."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.access.issuer import AUDIENCE, ISSUER, IssuerKey, jwks
from tests.support.eventually import eventually
from tickcast.access.authority import Authority
from tickcast.access.errors import KeysError
from tickcast.access.grant import Grant, Refused
from tickcast.access.key_files import KeyFiles, KeyUrl, source_of
from tickcast.access.keyring import Keyring
from tickcast.access.tokens import Verifier

KEY, OTHER = IssuerKey("ES256", "k1"), IssuerKey("ES256", "k2")


async def authority_of(source: KeyFiles | KeyUrl) -> tuple[Authority, Keyring]:
    """Return an authority that has read the keys of a source."""
    keyring = Keyring(source)
    await keyring.load()
    return Authority(keyring, Verifier(ISSUER, AUDIENCE)), keyring


async def ask(authority: Authority, token: str) -> Grant:
    """Return the grant of a request with this token."""
    return await authority.authorize([f"Bearer {token}"], [])


def put(path: Path, *keys: IssuerKey) -> None:
    """Put a key set in place of a file, as editors and secrets do."""
    new = path.with_name(".new")
    new.write_bytes(jwks(*keys))
    os.replace(new, path)


async def test_a_token_is_proved_once_and_until_it_expires(tmp_path: Path) -> None:
    put(tmp_path / "keys", KEY)
    authority, _ = await authority_of(KeyFiles(tmp_path / "keys"))
    token = KEY.token(exp=time.time() + 3)
    for _ in range(50):
        assert (await ask(authority, token)).subject == "me"
    assert authority.proved == 1

    async def is_refused() -> bool:
        try:
            await ask(authority, token)
        except Refused as refused:
            return (refused.status, refused.why) == (401, "the token has expired")
        return False

    await eventually(is_refused)
    assert authority.refused["401"] == 1


async def test_a_removed_key_proves_nothing_any_more_and_a_new_one_does(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    put(path, KEY)
    authority, keyring = await authority_of(KeyFiles(path))
    grant = await ask(authority, KEY.token())
    assert authority.is_proved(grant)
    put(path, OTHER)
    await keyring.renew()
    assert not authority.is_proved(grant)
    with pytest.raises(Refused, match="unknown key"):
        await ask(authority, KEY.token())
    assert (await ask(authority, OTHER.token())).subject == "me"
    # Another key under the same id is another key.
    put(path, IssuerKey("ES256", "k2"))
    await keyring.renew()
    with pytest.raises(Refused, match="signature is wrong"):
        await ask(authority, OTHER.token())


async def test_an_empty_set_takes_the_last_key_away_but_nobody_starts_with_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    put(path, KEY)
    authority, keyring = await authority_of(KeyFiles(path))
    grant = await ask(authority, KEY.token())
    put(path)
    await keyring.renew()
    assert not authority.is_proved(grant)
    with pytest.raises(Refused, match="unknown key"):
        await ask(authority, KEY.token())
    with pytest.raises(KeysError, match="no key, so nobody"):
        await authority_of(KeyFiles(path))
    (tmp_path / "folder").mkdir()
    with pytest.raises(KeysError, match="has no file"):
        await authority_of(KeyFiles(tmp_path / "folder"))


async def test_what_is_kept_of_proved_tokens_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.access.authority.MOST_KEPT", 20)
    put(tmp_path / "keys", KEY)
    authority, _ = await authority_of(KeyFiles(tmp_path / "keys"))
    tokens = [KEY.token(sub=f"s{n}", exp=2_000_000_000) for n in range(10)]
    for token in tokens:
        await ask(authority, token)
    assert authority.proved == 10
    await ask(authority, tokens[-1])
    assert authority.proved == 10
    await ask(authority, tokens[0])
    assert authority.proved == 11


async def test_until_it_is_known_who_was_revoked_nobody_comes_in(tmp_path: Path) -> None:
    put(tmp_path / "keys", KEY)
    authority, _ = await authority_of(KeyFiles(tmp_path / "keys"))
    authority.is_informed = lambda: False
    with pytest.raises(Refused) as refused:
        await ask(authority, KEY.token())
    assert refused.value.status == 503


async def test_a_file_that_turns_bad_leaves_the_keys_of_before(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    put(path, KEY)
    authority, keyring = await authority_of(KeyFiles(path))
    path.write_text("{")
    await keyring.renew()
    assert keyring.failures == 1
    assert (await ask(authority, KEY.token())).subject == "me"
    path.unlink()
    await keyring.renew()
    assert keyring.failures == 2
    assert (await ask(authority, KEY.token())).subject == "me"


async def test_a_folder_of_key_sets_is_followed(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("no keys")
    put(tmp_path / "one.json", KEY)
    authority, keyring = await authority_of(KeyFiles(tmp_path))
    following = asyncio.create_task(keyring.run())
    put(tmp_path / "two.json", OTHER)

    async def takes_it() -> bool:
        try:
            await ask(authority, OTHER.token())
        except Refused:
            return False
        return True

    await eventually(takes_it)
    (tmp_path / "one.json").unlink()
    await eventually(lambda: len(keyring.keys) == 1)
    following.cancel()
    with pytest.raises(Refused):
        await ask(authority, KEY.token())


Answer = Callable[[], tuple[int, bytes]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """Serve what `answer` returns; yield the URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status, body = answer()
        writer.write(
            b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (status, len(body))
        )
        writer.write(body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"


async def test_a_url_is_read_again_for_an_unknown_key_but_not_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, held = 0, [KEY]

    def answer() -> tuple[int, bytes]:
        nonlocal asked
        asked += 1
        return 200, jwks(*held)

    async with answering(answer) as url:
        authority, keyring = await authority_of(source_of(url))
        held.append(OTHER)
        for _ in range(20):
            with pytest.raises(Refused, match="unknown key"):
                await ask(authority, OTHER.token())
        assert asked == 1
        monkeypatch.setattr("tickcast.access.keyring.UNKNOWN", 0.0)
        assert (await ask(authority, OTHER.token())).subject == "me"
        assert (asked, len(keyring.keys)) == (2, 2)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [(404, b"", "answers 404"), (200, b"<html>", "no JSON"), (200, b" " * 300_000, "more than")],
)
async def test_a_url_without_keys_is_refused_in_words(status: int, body: bytes, why: str) -> None:
    async with answering(lambda: (status, body)) as url:
        with pytest.raises(KeysError, match=why):
            await source_of(url).read()


async def test_a_url_that_nobody_serves_is_refused_in_words() -> None:
    async with answering(lambda: (200, b"")) as url:
        pass
    with pytest.raises(KeysError, match="cannot be read"):
        await source_of(url).read()


@pytest.mark.parametrize("where", ["http://example.com/jwks", "ftp://127.0.0.1/jwks"])
def test_keys_come_over_tls_or_from_this_machine(where: str) -> None:
    with pytest.raises(KeysError, match="https"):
        source_of(where)


Case = tuple[list[str], list[str], str | None]
GOOD = KEY.token(exp=2_000_000_000)
ANOTHER = KEY.token(sub="another", exp=2_000_000_000)


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (([f"Bearer {GOOD}"], [], None), 200),
        (([f"bearer  {GOOD} "], [], None), 200),
        (([], [f"a=b; __Host-tickcast={GOOD}; c=d"], None), 200),
        (([], [], GOOD), 200),
        # The same token, however often it is sent, is one.
        (([f"Bearer {GOOD}"] * 2, [f"__Host-tickcast={GOOD}"], GOOD), 200),
        (([f"Bearer {GOOD}"], [], ANOTHER), 400),
        (([f"Bearer {GOOD}", f"Bearer {ANOTHER}"], [], None), 400),
        (([f"Bearer {GOOD}"], [f"__Host-tickcast={ANOTHER}"], None), 400),
        (([], [f"__Host-tickcast={GOOD}", f"__Host-tickcast={ANOTHER}"], None), 400),
        (([], [], None), 401),
        (([], [f"tickcast={GOOD}"], None), 401),
        (([], [], ""), 401),
        (([GOOD], [], None), 401),
        (([f"Basic {GOOD}"], [], None), 401),
        (([f"Bearer {GOOD},{GOOD}"], [], None), 401),
        (([f"Bearer {GOOD}\ud800"], [], None), 401),
    ],
)
async def test_a_token_comes_by_header_cookie_or_parameter(tmp_path: Path, case: Case, status: int) -> None:
    put(tmp_path / "keys", KEY)
    authority, _ = await authority_of(KeyFiles(tmp_path / "keys"))

    async def status_of(asking: Awaitable[Grant]) -> int:
        try:
            await asking
        except Refused as refused:
            return refused.status
        return 200

    assert await status_of(authority.authorize(*case)) == status


async def test_a_grant_that_no_key_has_proved_is_good_until_its_subject_is_revoked() -> None:
    revoked = set[str]()
    keyring = Keyring(KeyFiles(Path("none")))
    authority = Authority(keyring, Verifier(ISSUER, AUDIENCE), lambda grant: grant.subject in revoked)
    # As a callable of an app makes it.
    grant = Grant("me", ("A",))
    assert authority.is_proved(grant)
    assert not authority.is_proved(grant._replace(key="removed"))
    revoked.add("me")
    assert not authority.is_proved(grant)
