"""Each kind of failure has its own sentence: real refusals of a real server, and the sentence for each."""

import asyncio
import errno
import os
import ssl
from typing import Any

import pytest
import redis

from tests.runtime.redis.troubles import TROUBLES, Trouble
from tests.support.ports import free_port
from tests.support.servers import PrivateValkey
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import REFUSALS, Failure, LinkDownError, LinkError, LinkRefusedError
from tickcast.runtime.redis.recognition import link_error

SENTENCES = {
    Failure.FULL: ("Redis is full", "maxmemory"),
    Failure.NOT_SAVING: ("Redis cannot write to its disk", "make room on Redis's disk"),
    Failure.BUSY: ("Redis is busy with a script", "SCRIPT KILL"),
    Failure.REPLICA: ("Redis is a replica", "name the master"),
    Failure.NOT_COPIED: (
        "too few replicas of Redis have what was written",
        "TICKCAST_INBOX_REPLICAS",
    ),
    Failure.NO_REPLICAS: ("Redis has too few replicas to write", "min-replicas-to-write"),
    Failure.LOADING: ("Redis is loading its data", "wait"),
    Failure.NO_MASTER_LINK: ("Redis has lost its master", "bring its master back"),
    Failure.CLUSTER_DOWN: ("the Redis cluster is down", "CLUSTER INFO"),
    Failure.NO_MASTER_KNOWN: ("no master of Redis is known", "Sentinels"),
    Failure.NO_RIGHT: ("Redis denies a right", "ACL SETUSER"),
    Failure.NO_PASSWORD: ("Redis wants a password", "put it into a file"),
    Failure.WRONG_PASSWORD: ("Redis refuses the password", "correct the user"),
    Failure.PASSWORD_FILE: ("the password for Redis cannot be read", "may read"),
    Failure.NO_DATABASE: ("Redis has no such database", "number at the end of the address"),
    Failure.CROWDED: ("Redis accepts no more connections", "raise maxclients"),
    Failure.WRONG_TYPE: ("a key in Redis has the wrong type", "delete the key"),
    Failure.REFUSED: ("no connection to Redis", "check that Redis runs there"),
    Failure.NO_FILES: ("no files are left for a connection to Redis", "ulimit -n"),
    Failure.POOL: ("all connections to Redis are in use", "answers slowly"),
    Failure.SOCKET_DENIED: ("this program may not connect to Redis", "socket of Redis"),
    Failure.NO_ROUTE: ("no way leads to Redis", "routes"),
    Failure.UNKNOWN_HOST: ("the host of Redis is not found", "DNS"),
    Failure.SENTINEL_LOGIN: ("a Sentinel refuses the login", "TICKCAST_SENTINEL_PASSWORD_FILE"),
    Failure.UNTRUSTED: ("the TLS connection to Redis fails", "certificate"),
    Failure.UNKNOWN_CA: ("Redis's certificate is of a CA that is not trusted", "TICKCAST_REDIS_CA_FILE"),
    Failure.OTHER_NAME: ("Redis's certificate is for another host", "TICKCAST_REDIS_URL"),
    Failure.OUT_OF_DATE: ("Redis's certificate is out of date", "renew it"),
    Failure.NO_CERTIFICATE: ("Redis wants a certificate of this program", "TICKCAST_REDIS_CERT_FILE"),
    Failure.REFUSED_CERTIFICATE: (
        "Redis refuses the certificate of this program",
        "TICKCAST_REDIS_CERT_FILE",
    ),
    Failure.NO_TLS: ("Redis has no TLS at this port", "TICKCAST_REDIS_URL"),
    Failure.TLS_FILE: ("a file for TLS to Redis cannot be used", "PEM"),
    Failure.SILENT: ("Redis does not answer", "check that Redis runs there"),
    Failure.CLOSED: ("Redis closed the connection", "Redis's log"),
    Failure.MOVED: ("another Redis answers at this address", "several servers"),
    Failure.ADDRESS: ("the address of Redis will not do", "--redis-url"),
    Failure.OTHER: ("Redis reports an error", "see the error"),
}


def test_every_kind_of_failure_has_its_sentence_and_no_two_have_the_same() -> None:
    assert set(SENTENCES) == set(Failure)
    for failure, (reason, hint) in SENTENCES.items():
        error = LinkDownError("GET: something", failure)
        assert error.reason == reason
        assert hint in error.hint
    assert len({failure.reason for failure in Failure}) == len(Failure)
    running = {failure for failure in Failure if "check that Redis runs there" in failure.hint}
    assert running == {Failure.REFUSED, Failure.SILENT}, "that is for a Redis that does not answer"


@pytest.mark.parametrize("trusted", [False, True], ids=["at first", "after success"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_what_a_real_server_refuses_is_named_by_its_kind(trouble: Trouble, trusted: bool) -> None:
    with PrivateValkey(enable_debug_command="yes") as server, redis.Redis.from_url(server.url) as admin:
        client = RedisClient(server.url, None, timeout=0.5)
        if trusted:
            await client.execute("k", "EXISTS", "k")
            await client._servers[None].refresh()
        try:
            with pytest.raises(LinkError) as caught:
                await trouble(server, admin, lambda *words: client.execute("k", *words))
        finally:
            await client.close()
    error, failure = caught.value, TROUBLES[trouble]
    assert error.failure is failure
    assert isinstance(error, LinkRefusedError) == (failure in REFUSALS and not trusted)
    assert "127.0.0.1" not in error.reason


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("redis://nobody:secret@127.0.0.1:{port}", Failure.WRONG_PASSWORD),
        ("redis://127.0.0.1:{port}/99", Failure.NO_DATABASE),
        ("redis://no.such.host.invalid", Failure.UNKNOWN_HOST),
        ("redis://127.0.0.1:{free}", Failure.REFUSED),
        ("unix:///no/such/socket", Failure.REFUSED),
        ("sentinel://127.0.0.1:{free}/name", Failure.NO_MASTER_KNOWN),
        ("cluster://127.0.0.1:{free}", Failure.NO_MASTER_KNOWN),
    ],
)
async def test_an_address_that_leads_nowhere_is_named_by_its_kind(
    private_valkey: PrivateValkey, url: str, failure: Failure
) -> None:
    client = RedisClient(url.format(port=private_valkey.port, free=free_port()), None, timeout=2.0)
    with pytest.raises(LinkError) as caught:
        await client.execute("k", "GET", "k")
    await client.close()
    assert caught.value.failure is failure
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (errno.ECONNREFUSED, Failure.REFUSED),
        (errno.ENOENT, Failure.REFUSED),
        (errno.EMFILE, Failure.NO_FILES),
        (errno.ENFILE, Failure.NO_FILES),
        (errno.EACCES, Failure.SOCKET_DENIED),
        (errno.EPERM, Failure.SOCKET_DENIED),
        (errno.EADDRNOTAVAIL, Failure.NO_ROUTE),
        (errno.ENETUNREACH, Failure.NO_ROUTE),
        (errno.EHOSTUNREACH, Failure.NO_ROUTE),
    ],
    ids=lambda each: errno.errorcode[each] if isinstance(each, int) else "",
)
async def test_a_connection_that_the_system_does_not_make_is_named_by_its_kind(
    monkeypatch: pytest.MonkeyPatch, number: int, failure: Failure
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(asyncio, "open_connection", refuse)
    client = RedisClient(f"redis://127.0.0.1:{free_port()}", None, timeout=2.0)
    with pytest.raises(LinkDownError) as caught:
        await client.execute("k", "GET", "k")
    await client.close()
    assert caught.value.failure is failure


async def test_a_program_that_uses_all_of_its_connections_is_named_by_its_kind(
    private_valkey: PrivateValkey,
) -> None:
    client = RedisClient(private_valkey.url, None, timeout=2.0, max_connections=2)
    commands = [client.execute("k", "BLPOP", "k", 1) for _ in range(4)]
    failures = [each for each in await asyncio.gather(*commands, return_exceptions=True) if each]
    await client.close()
    assert failures
    assert {each.failure for each in failures if isinstance(each, LinkError)} == {Failure.POOL}


async def test_a_cluster_without_masters_is_named_by_its_kind() -> None:
    with PrivateValkey(cluster_enabled="yes") as server:
        client = RedisClient(server.url, None, timeout=2.0)
        with pytest.raises(LinkDownError) as caught:
            await client.execute("k", "GET", "k")
        await client.close()
    assert caught.value.failure is Failure.CLUSTER_DOWN


def test_a_certificate_that_is_refused_is_named_by_its_kind() -> None:
    wrapped = redis.ConnectionError("Error 1 connecting to host:6379.")
    wrapped.__context__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert link_error("GET", wrapped).failure is Failure.UNKNOWN_CA


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("User gateway has no permissions to run the 'info' command", "+info"),
        ("User gateway has no permissions to run the 'cluster|slots' command", "+cluster|slots"),
        ("User gateway has no permissions to access the 'x:log' key", "~x:log"),
        ("No permissions to access a key", "~{tickcast:*}:*"),
        ("No permissions to access a channel", "&{tickcast:*}:*"),
        (
            "The user executing the script can't publish to the channel mentioned in the command",
            "&{tickcast:*}:*",
        ),
        (
            "The user executing the script can't access at least one of the keys mentioned in the command",
            "~{tickcast:*}:*",
        ),
        ("The user executing the script can't run this command or subcommand", "named in the error"),
    ],
)
def test_the_right_that_is_missing_is_named(text: str, right: str) -> None:
    # In a script Redis sends no NOPERM.
    error = link_error("GET", redis.exceptions.ResponseError(text))
    assert f"the right {right} (ACL SETUSER)" in error.hint
