"""What others reach and should not, planted and found by name: ports, paths, certificates, missing tokens."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.doctor.before import LINES, gateway, is_told, nginx_before
from tests.cli.doctor.examined import examined, names, wrong
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tests.support.missing import optional
from tests.support.programs import running_gateway
from tests.support.servers import PrivateValkey
from tests.support.tls_redis import TlsNode
from tickcast.cli.doctor.examination import examine
from tickcast.cli.doctor.exposure import (
    judge_paths,
    judge_private_ports,
    judge_public_redis,
    judge_redis_port,
)
from tickcast.cli.doctor.feed import OF_FEED
from tickcast.cli.doctor.files import OF_FILES
from tickcast.cli.doctor.finding import Finding, Level
from tickcast.cli.doctor.gateways import OF_FACTS, OF_LIST
from tickcast.cli.doctor.ports import PortsSeen, is_redis, shows_metrics
from tickcast.cli.doctor.reach import Reach, own_addresses, reach_of
from tickcast.cli.doctor.redis import OF_LINK, OF_SERVERS
from tickcast.cli.doctor.report import Report
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.doctor.tls import judge_web_tls
from tickcast.cli.doctor.tls_facts import TlsSeen

NOWHERE = PortsSeen([], "", "", [], [])


def certificate(folder: Path, days: float, host: str = "localhost") -> tuple[Path, Path]:
    """Return a certificate that ends in so many days, which is its own CA, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "web.crt", folder / "web.key"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return files


async def by_tls(
    valkey_url: str, folder: Path, days: float, host: str = "localhost", lines: str = LINES, **settings: Any
) -> Report:
    """Return what is found of a gateway behind nginx with TLS, by a certificate for a host."""
    files = certificate(folder, days, host)
    lines = f"{lines} ssl_certificate {files[0]}; ssl_certificate_key {files[1]};"
    async with gateway(valkey_url) as running:
        with nginx_before(folder, running.url, lines, "ssl http2") as url:
            shown = url.replace("127.0.0.1", "localhost")
            return await examined(valkey_url, shown, **{"cacert": files[0], **settings})


def of_tls(report: Report) -> dict[str, Finding]:
    return {name: each for name, each in wrong(report).items() if name.startswith("tls")}


async def test_a_certificate_that_is_good_is_healthy(valkey_url: str, tmp_path: Path) -> None:
    report = await by_tls(valkey_url, tmp_path, days=60)
    assert of_tls(report) == {}
    assert names(report, Level.OK) >= {"tls-certificate", "tls-expiry", "tls-http2", "stream-compression"}


async def test_a_certificate_that_ends_soon_is_found(valkey_url: str, tmp_path: Path) -> None:
    report = await by_tls(valkey_url, tmp_path, days=5.5)
    assert {name: each.level for name, each in of_tls(report).items()} == {"tls-expiry": Level.WARNING}
    assert (
        "5 more days" in wrong(report)["tls-expiry"].what or "6 more days" in wrong(report)["tls-expiry"].what
    )


async def test_a_certificate_that_has_expired_is_found(valkey_url: str, tmp_path: Path) -> None:
    report = await by_tls(valkey_url, tmp_path, days=-1)
    assert {name: each.level for name, each in of_tls(report).items()} == {"tls-expiry": Level.FAULT}
    # The rest is checked without proof.
    assert "stream-buffering" in names(report, Level.OK)


async def test_a_certificate_of_another_host_or_ca_is_found(valkey_url: str, tmp_path: Path) -> None:
    report = await by_tls(valkey_url, tmp_path, days=60, host="other.example")
    assert "is not for localhost" in of_tls(report)["tls-certificate"].what
    report = await by_tls(valkey_url, tmp_path, days=60, cacert=None)
    assert "not trusted" in of_tls(report)["tls-certificate"].what


async def test_no_token_is_sent_to_whoever_has_no_good_certificate(valkey_url: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret", "ascii")
    # Whoever shows one is not served.
    lines = LINES + "if ($http_authorization) { return 418; }"
    report = await by_tls(valkey_url, tmp_path, days=60, lines=lines, token_file=token)
    assert "418" in wrong(report)["stream-opens"].what
    report = await by_tls(valkey_url, tmp_path, days=-1, lines=lines, token_file=token)
    assert "stream-opens" in names(report, Level.OK)
    assert "auth-token" not in {each.name for each in report.findings}


def test_a_proxy_without_http_2_and_a_public_address_without_tls_are_found() -> None:
    findings = judge_web_tls(TlsSeen("a", 60.0, "http/1.1"), Reach.WORLD)
    assert [each.name for each in findings if each.level is Level.WARNING] == ["tls-http2"]
    assert [each.name for each in judge_web_tls(None, Reach.WORLD)] == ["tls-off"]
    assert judge_web_tls(None, Reach.NETWORK) == []


async def test_a_certificate_of_redis_that_ends_soon_is_found(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own, key = authority.sign("doctor")
    files = {"redis_cert_file": own, "redis_key_file": key, "redis_ca_file": authority.certificate}
    for days, level in ((30, Level.OK), (5, Level.WARNING)):
        with TlsNode(authority, days=days) as node:
            report = await examined(f"rediss://localhost:{node.port}/0", **files)
        assert "redis-certificate" in names(report, level)


@pytest.fixture
def address() -> str:
    """An address of this machine that is not loopback."""
    found = [each for each in own_addresses() if ":" not in each]
    if not found:
        optional("an address that other machines may reach")
    return found[0]


@pytest.mark.parametrize("named", ["127.0.0.1", "own"])
async def test_a_redis_that_obeys_everybody_is_found(address: str, named: str) -> None:
    host = address if named == "own" else named
    with PrivateValkey(bind=f"127.0.0.1 {address}", protected_mode="no") as server:
        found = wrong(await examined(f"redis://{host}:{server.port}/0"))["redis-open"]
        assert f"{address}:{server.port}" in found.what
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", "sesame")
        report = await examined(f"redis://{host}:{server.port}/0")
        assert "redis-open" in names(report, Level.OK)


async def test_a_redis_that_the_world_reaches_is_seen_though_it_refuses(valkey_url: str) -> None:
    with PrivateValkey() as server, redis.Redis.from_url(server.url) as client:
        assert await is_redis("127.0.0.1", server.port)
        client.config_set("requirepass", "sesame")
        assert await is_redis("127.0.0.1", server.port)
        async with gateway(valkey_url) as running:
            assert not await is_redis("127.0.0.1", running.gateway.settings.port)
    assert judge_public_redis(NOWHERE).level is Level.OK
    found = judge_public_redis(NOWHERE._replace(redis_public=["8.8.8.8:6379"]))
    assert (found.level, "8.8.8.8:6379" in found.what) == (Level.WARNING, True)


async def test_of_an_address_elsewhere_no_redis_of_this_machine_is_asked(
    valkey_url: str, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REDIS_URL", "TICKCAST_REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)
    async with gateway(valkey_url) as running:
        with nginx_before(tmp_path, running.url, address=address) as url:
            report = await examine(DoctorSettings(url=url))
    unchecked = names(report, Level.UNCHECKED)
    assert {*OF_LINK, *OF_SERVERS, *OF_FEED, *OF_LIST, *OF_FACTS, *OF_FILES, "redis-open"} <= unchecked
    assert {"web-connection", "stream-buffering", "stream-silence"} <= names(report, Level.OK)
    # At an address of this machine its own is meant.
    assert DoctorSettings(url="http://127.0.0.1:1").knows_redis


async def test_a_redis_on_loopback_is_open_to_nobody_else(valkey_url: str) -> None:
    assert "redis-open" in names(await examined(valkey_url), Level.OK)


async def test_metrics_at_a_public_address_are_found(valkey_url: str, tmp_path: Path, address: str) -> None:
    async with gateway(valkey_url, debug=True) as running:
        with nginx_before(tmp_path, running.url, address=address) as url:
            found = wrong(await examined(valkey_url, url))["private-paths"]
            assert "/metrics, /v1/debug, /debug" in found.what
        closed = LINES + "location /metrics { return 404; } location /v1/debug { return 404; }"
        closed += "location /debug { return 404; }"
        with nginx_before(tmp_path, running.url, closed, address=address) as url:
            assert "private-paths" in names(await examined(valkey_url, url), Level.OK)
        # At loopback they are for this machine alone.
        assert "private-paths" in names(await examined(valkey_url, running.url), Level.OK)
        told = wrong(await examined(valkey_url, running.url, published_at="0.0.0.0"))
        assert "private-paths" in told


async def test_a_public_address_without_tokens_is_found(
    valkey_url: str, tmp_path: Path, address: str
) -> None:
    async with gateway(valkey_url) as running:
        assert "auth-off" in names(await examined(valkey_url, running.url), Level.OK)
        with nginx_before(tmp_path, running.url, address=address) as url:
            found = wrong(await examined(valkey_url, url))["auth-off"]
    assert found.level is Level.FAULT
    door = Door(tmp_path)
    async with gateway(valkey_url, **door.settings) as running:
        with nginx_before(tmp_path, running.url, address=address) as url:
            report = await examined(valkey_url, url)
    assert "auth-off" in names(report, Level.OK)
    assert {"stream-buffering", "stream-opens"} <= names(report, Level.UNCHECKED)


async def test_a_gateway_that_others_reach_without_tokens_is_found_from_this_machine(valkey_url: str) -> None:
    everywhere = {"host": "0.0.0.0", "gateway_id": "gw-open"}
    async with (
        Feeder(valkey_url) as feeder,
        feeder.beating(),
        running_gateway(valkey_url, **everywhere) as running,
    ):
        assert "everybody who reaches this address may read everything" in running.output()
        await eventually(lambda: is_told(valkey_url, "gw-open"))
        found = wrong(await examined(valkey_url, running.url))["auth-off"]
        assert "gw-open" in found.what
        known = await examined(valkey_url, running.url, published_at="127.0.0.1")
        assert "auth-off" in names(known, Level.OK)
        assert "private-ports" in names(known, Level.UNCHECKED)


async def test_a_token_is_tried_and_one_that_is_refused_is_found(valkey_url: str, tmp_path: Path) -> None:
    door, file = Door(tmp_path), tmp_path / "token"
    async with gateway(valkey_url, **door.settings) as running:
        for token, level in ((door.token("*"), Level.OK), ("nonsense", Level.FAULT)):
            file.write_text(token, "ascii")
            report = await examined(valkey_url, running.url, token_file=file)
            assert "auth-token" in names(report, level)
            assert token not in str(report)
        # One that allows no symbol on which nothing happens.
        file.write_text(door.token("AAPL"), "ascii")
        assert "stream-opens" in names(await examined(valkey_url, running.url, token_file=file), Level.OK)


async def test_a_private_port_that_others_reach_is_seen(valkey_url: str, address: str) -> None:
    async with gateway(valkey_url) as running:
        assert await shows_metrics("127.0.0.1", running.gateway.settings.port)
        assert not await shows_metrics(address, running.gateway.settings.port)
    assert judge_private_ports(NOWHERE).level is Level.OK
    assert judge_private_ports(NOWHERE._replace(private_open=["10.0.0.1:9101"])).level is Level.FAULT


def test_what_was_not_asked_is_not_healthy() -> None:
    assert judge_redis_port(NOWHERE, is_there=False).level is Level.UNCHECKED
    assert (
        judge_redis_port(NOWHERE._replace(redis_skipped="a socket"), is_there=True).level is Level.UNCHECKED
    )
    assert [each.level for each in judge_paths({}, Reach.WORLD)] == [Level.UNCHECKED]


@pytest.mark.parametrize(
    ("addresses", "reach"),
    [
        (["127.0.0.1"], Reach.MACHINE),
        (["::1", "127.0.0.1"], Reach.MACHINE),
        (["localhost"], Reach.MACHINE),
        (["127.0.0.1", "10.0.0.1"], Reach.NETWORK),
        (["nginx"], Reach.NETWORK),
        (["fe80::1%eth0"], Reach.NETWORK),
        (["0.0.0.0"], Reach.WORLD),
        (["::"], Reach.WORLD),
        (["8.8.8.8"], Reach.WORLD),
        ([], Reach.NETWORK),
    ],
)
def test_who_reaches_an_address(addresses: list[str], reach: Reach) -> None:
    assert reach_of(addresses) is reach
