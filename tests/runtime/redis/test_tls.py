"""TLS to one Redis, to Sentinels with their master, and to a cluster, with certificates made by openssl."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.redundant import SERVICE
from tests.support.tls_redis import TlsNode, tls_cluster, tls_sentinel
from tickcast.runtime.redis import blocking
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import Failure, LinkError, LinkRefusedError
from tickcast.runtime.redis.recognition import failure_of
from tickcast.runtime.redis.security import PLAIN, LinkSecurity

TIMEOUT = 5.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def node(authority: Authority) -> Iterator[TlsNode]:
    with TlsNode(authority) as running:
        yield running


@pytest.fixture(scope="module")
def trusted(authority: Authority) -> LinkSecurity:
    return LinkSecurity(authority.certificate, *authority.sign("program"))


async def asked(url: str, security: LinkSecurity) -> bytes:
    """Return what Redis has of a key that was set."""
    client = RedisClient(url, None, TIMEOUT, writes=True, security=security)
    try:
        await client.execute("a", "SET", "a", "b")
        return bytes(await client.execute("a", "GET", "a"))
    finally:
        await client.close()


async def test_one_server_is_used_over_tls_with_a_certificate_of_this_program(
    node: TlsNode, trusted: LinkSecurity
) -> None:
    assert await asked(f"rediss://localhost:{node.port}/0", trusted) == b"b"
    assert blocking.ask(f"rediss://localhost:{node.port}/0", "PING", security=trusted)


async def test_a_subscription_has_tls_too(node: TlsNode, trusted: LinkSecurity) -> None:
    client = RedisClient(f"rediss://localhost:{node.port}", None, TIMEOUT, security=trusted)
    [subscription] = await client.subscriptions({"channel": 1})
    async with subscription as messages:
        await client.execute("channel", "PUBLISH", "channel", "hello")
        assert await anext(messages) == (1, b"hello")
    await client.close()


async def test_sentinels_and_their_master_are_used_over_tls(
    authority: Authority, trusted: LinkSecurity
) -> None:
    with tls_sentinel(authority) as (_, sentinel):
        assert await asked(f"sentinels://localhost:{sentinel.port}/{SERVICE}", trusted) == b"b"


async def test_all_nodes_of_a_cluster_are_used_over_tls(authority: Authority, trusted: LinkSecurity) -> None:
    with tls_cluster(authority) as nodes:
        client = RedisClient(f"clusters://localhost:{nodes[0].port}", None, TIMEOUT, security=trusted)
        assert len(await client.one_key_each([str(number) for number in range(100)])) == 3
        for key in map(str, range(20)):
            await client.execute(key, "SET", key, "x")
        await client.close()


@pytest.mark.parametrize("kind", ["rediss", "sentinels", "clusters"])
async def test_what_is_wrong_with_the_certificates_is_an_error_that_names_the_setting(
    kind: str, authority: Authority, trusted: LinkSecurity, tmp_path: Path
) -> None:
    path = {"rediss": "/0", "sentinels": "/x", "clusters": ""}[kind]
    stranger = Authority(tmp_path / "other", "other")
    lines = ["cluster-enabled yes"] if kind == "clusters" else []
    with TlsNode(authority, *lines, hosts="DNS:redis.example") as other:
        wrong_host = await refused(f"{kind}://localhost:{other.port}{path}", trusted)
    with TlsNode(authority, *lines) as node:
        url = f"{kind}://localhost:{node.port}{path}"
        plain = url.replace("s://", "://") if kind != "rediss" else url.replace("rediss", "redis")
        found = {
            "wrong host": wrong_host,
            "wrong CA": await refused(url, trusted._replace(ca_file=stranger.certificate)),
            "the system's CAs": await refused(url, trusted._replace(ca_file=None)),
            "no certificate": await refused_by_alert(url, LinkSecurity(authority.certificate)),
            "foreign certificate": await refused_by_alert(
                url, LinkSecurity(authority.certificate, *stranger.sign("me"))
            ),
            "no TLS": await refused(plain, PLAIN),
        }
    assert {case: error.failure for case, error in found.items()} == {
        "wrong host": Failure.OTHER_NAME,
        "wrong CA": Failure.UNKNOWN_CA,
        "the system's CAs": Failure.UNKNOWN_CA,
        "no certificate": Failure.NO_CERTIFICATE,
        "foreign certificate": Failure.REFUSED_CERTIFICATE,
        "no TLS": Failure.CLOSED if kind == "rediss" else Failure.NO_MASTER_KNOWN,
    }
    settings = {
        "wrong host": "TICKCAST_REDIS_URL",
        "wrong CA": "TICKCAST_REDIS_CA_FILE",
        "the system's CAs": "TICKCAST_REDIS_CA_FILE",
        "no certificate": "TICKCAST_REDIS_CERT_FILE",
        "foreign certificate": "TICKCAST_REDIS_CERT_FILE",
        "no TLS": f"{kind}://",
    }
    for case, error in found.items():
        assert settings[case] in error.hint, case
        # A program that starts says so in one line and ends.
        assert isinstance(error, LinkRefusedError) == (case != "no TLS"), case


async def refused_by_alert(url: str, security: LinkSecurity) -> LinkError:
    """Return the refusal of a server that sends an alert and hangs up; a reset may overtake its alert."""
    for _ in range(20):
        error = await refused(url, security)
        if error.failure not in (Failure.CLOSED, Failure.NO_MASTER_KNOWN):
            break
    return error


async def refused(url: str, security: LinkSecurity) -> LinkError:
    client = RedisClient(url, None, TIMEOUT, security=security)
    with pytest.raises(LinkError) as caught:
        await client.execute("a", "GET", "a")
    await client.close()
    assert "\n" not in str(caught.value)
    return caught.value


async def test_a_server_without_tls_does_not_answer_and_the_error_says_that_this_may_be_why(
    valkey_url: str,
) -> None:
    error = await refused(valkey_url.replace("redis://", "rediss://"), PLAIN)
    assert error.failure is Failure.SILENT
    assert "a port without TLS does not answer to rediss://" in error.hint


async def test_an_answer_without_tls_is_named_as_that() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"-ERR unknown command\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await refused(f"rediss://127.0.0.1:{port}", PLAIN)
    assert error.failure is Failure.NO_TLS
    assert "TICKCAST_REDIS_URL" in error.hint


@pytest.mark.parametrize("code", [9, 10])
def test_a_certificate_out_of_date_is_named_as_that(code: int) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    assert failure_of(error) is Failure.OUT_OF_DATE


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("ca_file", "TICKCAST_REDIS_CA_FILE"),
        ("cert_file", "TICKCAST_REDIS_CERT_FILE"),
        ("key_file", "TICKCAST_REDIS_CERT_FILE"),
    ],
)
@pytest.mark.parametrize("content", [None, "rubbish"])
def test_a_file_that_will_not_do_is_named_with_its_setting(
    trusted: LinkSecurity, tmp_path: Path, field: str, variable: str, content: str | None
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_text(content)
    with pytest.raises(LinkRefusedError, match=variable) as caught:
        RedisClient("rediss://localhost", None, TIMEOUT, security=trusted._replace(**{field: file}))
    assert caught.value.failure is Failure.TLS_FILE
    assert "rubbish" not in str(caught.value)


def test_a_key_with_a_password_is_refused_and_asks_nobody(trusted: LinkSecurity, tmp_path: Path) -> None:
    key = tmp_path / "locked.key"
    openssl = f"openssl pkey -in {trusted.key_file} -aes256 -passout pass:secret -out {key}"
    assert os.system(openssl) == 0
    with pytest.raises(LinkRefusedError, match="its key has a password"):
        RedisClient("rediss://localhost", None, TIMEOUT, security=trusted._replace(key_file=key))


async def test_renewed_certificates_are_used_at_the_next_connection(
    authority: Authority, node: TlsNode, tmp_path: Path
) -> None:
    stranger, own = Authority(tmp_path / "other", "other"), tmp_path / "own"
    own.mkdir()
    files = LinkSecurity(*(own / name for name in ("ca", "crt", "key")))

    def put(ca: Authority, *pair: Path) -> None:
        for target, source in zip(files[:3], (ca.certificate, *pair), strict=True):
            assert isinstance(target, Path)
            target.write_bytes(source.read_bytes())

    put(authority, *stranger.sign("mine"))
    client = RedisClient(f"rediss://localhost:{node.port}", None, TIMEOUT, security=files)
    with pytest.raises(LinkError) as caught:
        await client.execute("a", "GET", "a")
    assert caught.value.failure is Failure.REFUSED_CERTIFICATE
    # Of a pair that is being replaced, one file is there first: what was read before goes on.
    certificate, key = authority.sign("renewed")
    assert files.cert_file
    assert files.key_file
    files.cert_file.write_bytes(certificate.read_bytes())
    with pytest.raises(LinkError) as caught:
        await client.execute("a", "GET", "a")
    assert caught.value.failure is Failure.REFUSED_CERTIFICATE
    files.key_file.write_bytes(key.read_bytes())
    await client.execute("a", "SET", "a", "b")
    await client.close()
