"""Faults of gateways, planted in real ones, and found by name; and silence where they are healthy."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import redis

from tests.cli.doctor.before import is_told
from tests.cli.doctor.examined import examined, names, wrong
from tests.cli.program import clean_environment
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.ports import free_port
from tests.support.programs import running_gateway
from tickcast.cli.doctor.files import judge_files
from tickcast.cli.doctor.finding import Level
from tickcast.cli.doctor.gateway_list import GatewayEntry, read_entry
from tickcast.cli.doctor.gateways import OF_FACTS, OF_LIST, judge_keys, judge_room
from tickcast.gateway.cluster import facts
from tickcast.gateway.cluster.membership import Summary, encode_summary
from tickcast.gateway.settings import MAX_DELAYS
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.wire.gateway_facts import GatewayFacts, read_facts
from tickcast.wire.gateway_list import MAX_SUMMARY
from tickcast.wire.names import MAIN, DelayedNames, delayed_feed

WRONG_CLOCK = Path(__file__).parents[2] / "faults/referee/wrong_clock.py"
MOST_STALE = tuple(delayed_feed("f" * 20, ms) for ms in range(86_400_000 - MAX_DELAYS, 86_400_000))
OURS = GatewayFacts("1.0", 1, ("aa", "bb"), False, False, True, 100, 100, {"compress": "c"})


def key_file(folder: Path, name: str = "key") -> Path:
    file = folder / name
    if not file.exists():
        file.write_text(secrets.token_hex(32), "ascii")
    return file


@asynccontextmanager
async def beating(url: str) -> AsyncIterator[None]:
    """Run a publisher of which nothing but heartbeats comes."""
    async with Feeder(url) as feeder, feeder.beating():
        yield


@asynccontextmanager
async def two_gateways(
    url: str, folder: Path, **of_second: object
) -> AsyncIterator[tuple[LocalGateway, LocalGateway]]:
    """Run two gateways that share a key; the second has other settings."""
    common = {"cluster_key_file": key_file(folder), "trusted_proxies": ""}
    async with (
        beating(url),
        local_gateway(url, **common, gateway_id="gw-1") as first,
        local_gateway(url, False, **{**common, "gateway_id": "gw-2", **of_second}) as second,
    ):
        yield first, second


async def found_by(url: str) -> dict[str, str]:
    """Return what is wrong with gateways: names of checks, and what is said."""
    report = await examined(url)
    return {name: each.what for name, each in wrong(report).items() if name in (*OF_LIST, *OF_FACTS)}


async def test_gateways_that_are_alike_are_healthy(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(valkey_url, tmp_path):
        report = await examined(valkey_url)
        assert names(report, Level.OK) >= {*OF_LIST, *OF_FACTS, "gateways-files"} - {"gateways-partitions"}
        assert not {each for each in wrong(report) if each.startswith("gateways-")}


async def test_that_no_gateway_follows_the_feed_is_found(valkey_url: str) -> None:
    async with beating(valkey_url):
        report = await examined(valkey_url)
    assert wrong(report)["gateways-alive"].level is Level.FAULT
    assert {*OF_FACTS, "gateways-files", "gateways-clock"} <= names(report, Level.UNCHECKED)


async def test_a_gateway_that_hangs_is_found(valkey_url: str) -> None:
    async with beating(valkey_url), running_gateway(valkey_url, gateway_id="gw-1") as gateway:
        with redis.Redis.from_url(valkey_url) as client:
            await eventually(lambda: client.hlen(MAIN.gateways()) == 2)
            gateway.signal(signal.SIGSTOP)
            report = await examined(valkey_url)
            gateway.signal(signal.SIGCONT)
    # It alone is in the list, and it is gone.
    assert "gateways-alive" in wrong(report)


async def test_a_gateway_that_has_ended_beside_one_that_lives_is_found(
    valkey_url: str, tmp_path: Path
) -> None:
    told = time.time_ns() // 1000
    dead = encode_summary(Summary("gw-9", told, told, 3, 4, 5, "live", False))
    async with two_gateways(valkey_url, tmp_path):
        with redis.Redis.from_url(valkey_url) as client:
            client.hset(MAIN.gateways(), address_of("gw-9"), dead)
        found = await found_by(valkey_url)
    assert "gw-9" in found["gateways-alive"]


async def test_a_delayed_feed_that_is_stale_is_found(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(valkey_url, tmp_path, delays="15") as (first, _):
        found = await found_by(valkey_url)
        assert "main-d15 (gw-2)" in found["gateways-delayed"]
        assert "TICKCAST_DELAYS" in found["gateways-settings"]
        assert first.gateway.views.all[1:] == []


async def test_a_delayed_feed_that_a_delayer_writes_is_healthy(valkey_url: str) -> None:
    async with (
        beating(valkey_url),
        Feeder(valkey_url, names=DelayedNames("main-d15")) as late,
        late.beating(),
        local_gateway(valkey_url, delays="15") as gateway,
    ):
        await eventually(lambda: gateway.gateway.views.all[1].state.is_live)
        report = await examined(valkey_url)
    assert "gateways-delayed" in names(report, Level.OK)


async def test_another_number_of_partitions_is_found(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(valkey_url, tmp_path, partitions=2):
        with redis.Redis.from_url(valkey_url) as client:
            client.hset(MAIN.meta(0), "partitions", "1")
        found = await found_by(valkey_url)
    assert "set to 2 (gw-2)" in found["gateways-partitions"]
    assert "gw-2" in found["gateways-live"]


async def test_a_gateway_of_another_version_is_found(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_gateways(valkey_url, tmp_path) as (first, _):
        monkeypatch.setattr(
            first.gateway.membership,
            "_facts",
            lambda: facts.facts_of(first.gateway.settings, first.gateway.key, 1)._replace(version="9.9"),
        )
        await eventually(lambda: is_told(valkey_url, "9.9"))
        found = await found_by(valkey_url)
        assert "9.9 (gw-1)" in found["gateways-version"]
        # One of a version that tells no facts at all.
        monkeypatch.setattr(first.gateway.membership, "_facts", lambda: None)
        await eventually(lambda: not is_told(valkey_url, "9.9"))
        assert "older (gw-1)" in (await found_by(valkey_url))["gateways-version"]


async def test_different_keys_of_gateways_are_found(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(valkey_url, tmp_path, cluster_key_file=key_file(tmp_path, "other")):
        found = await found_by(valkey_url)
    assert set(found) == {"gateways-key"}
    assert "gw-1" in found["gateways-key"]
    assert "gw-2" in found["gateways-key"]


async def test_a_key_that_is_kept_in_redis_is_found(valkey_url: str) -> None:
    async with beating(valkey_url), local_gateway(valkey_url):
        report = await examined(valkey_url)
    assert wrong(report)["gateways-key-file"].level is Level.WARNING


async def test_settings_that_differ_are_found_and_named(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(
        valkey_url, tmp_path, max_symbols=5, cors_origins="https://a.example", work=7, ring_seconds=30
    ):
        found = await found_by(valkey_url)
    assert set(found) == {"gateways-settings"}
    named = ("TICKCAST_CORS_ORIGINS", "TICKCAST_MAX_SYMBOLS", "TICKCAST_RING_SECONDS")
    assert found["gateways-settings"] == f"gateways differ in {', '.join(named)}"


async def test_a_gateway_that_drains_is_found(valkey_url: str, tmp_path: Path) -> None:
    async with two_gateways(valkey_url, tmp_path) as (first, _):
        first.gateway.closing.draining = True
        await eventually(lambda: is_told(valkey_url, '"draining":true'))
        assert set(await found_by(valkey_url)) == {"gateways-draining"}


async def test_a_feed_that_is_stale_at_a_gateway_is_found(valkey_url: str, tmp_path: Path) -> None:
    shared = key_file(tmp_path)
    async with Feeder(valkey_url) as feeder, local_gateway(valkey_url, cluster_key_file=shared) as running:
        async with feeder.beating():
            assert "gateways-live" not in await found_by(valkey_url)
        await eventually(lambda: not running.gateway.live.state.is_live)
        await eventually(lambda: is_told(valkey_url, '"feed":"stale"'))
        assert "gateways-live" in await found_by(valkey_url)


@contextmanager
def gateway_ahead(url: str, folder: Path, seconds: int) -> Iterator[None]:
    """Run a gateway whose clock is ahead."""
    clock = folder / "clock"
    clock.write_text(f"{seconds:+d}\n", "ascii")
    command = [sys.executable, str(WRONG_CLOCK), str(clock), "gateway", "--port", str(free_port())]
    environment = clean_environment(TICKCAST_REDIS_URL=url, TICKCAST_GATEWAY_ID="gw-ahead")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("seconds", [40, -40])
async def test_a_gateway_whose_clock_is_wrong_is_found(valkey_url: str, tmp_path: Path, seconds: int) -> None:
    async with beating(valkey_url):
        with gateway_ahead(valkey_url, tmp_path, seconds):
            await eventually(lambda: is_told(valkey_url, "gw-ahead"))
            found = await found_by(valkey_url)
    assert f"gw-ahead by {'+' if seconds > 0 else '-'}" in found["gateways-clock"]


async def test_a_limit_of_files_that_is_too_low_is_found(valkey_url: str) -> None:
    async with beating(valkey_url), running_gateway(valkey_url, gateway_id="gw-low", open_files=300):
        found = wrong(await examined(valkey_url))["gateways-files"]
    assert "gw-low takes" in found.what
    assert "of 20,000" in found.what


async def test_entries_of_others_in_the_list_are_found(valkey_url: str) -> None:
    # Gateways that live remove them soon.
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(MAIN.gateways(), "rubbish", "{}")
    assert "gateways-list" in await found_by(valkey_url)


async def test_a_list_of_another_type_is_found_and_a_redis_of_the_gateways_that_is_down(
    valkey_url: str,
) -> None:
    report = await examined(valkey_url, control_url=f"redis://127.0.0.1:{free_port()}/0")
    assert wrong(report)["gateways-redis"].level is Level.FAULT
    assert {*OF_LIST, *OF_FACTS, "gateways-files"} <= names(report, Level.UNCHECKED)
    with redis.Redis.from_url(valkey_url) as client:
        client.set(MAIN.gateways(), "spoilt")
    report = await examined(valkey_url)
    assert wrong(report)["gateways-list"].level is Level.FAULT
    assert "redis-connection" in names(report, Level.OK)


def entry(clients: int = 0, told: GatewayFacts | None = OURS) -> GatewayEntry:
    return GatewayEntry("gw", 1, clients, "live", False, told)


def test_a_gateway_that_is_nearly_full_is_found() -> None:
    assert judge_room([entry(89), entry(0)]).level is Level.OK
    assert judge_room([entry(90), entry(0)]).level is Level.WARNING


def test_keys_that_are_being_replaced_are_no_fault() -> None:
    newer = OURS._replace(keys=("bb", "aa"))
    assert judge_keys({"a": OURS, "b": newer}).level is Level.OK
    assert judge_keys({"a": OURS, "b": OURS._replace(keys=("bb",))}).level is Level.FAULT


def test_a_limit_of_files_may_cost_a_few_streams() -> None:
    assert judge_files([entry(told=OURS._replace(wanted=105))])[0].level is Level.OK
    assert judge_files([entry(told=OURS._replace(wanted=120))])[0].level is Level.FAULT
    assert judge_files([entry(told=None)])[0].level is Level.UNCHECKED


def test_facts_come_back_and_what_is_none_is_not_taken_for_some() -> None:
    summary = Summary("x" * 64, 10**15, 10**16, 10**6, 10**6, 10**6, "stale", False, ",".join(MOST_STALE))
    most = OURS._replace(
        version="v" * 32, keys=("k" * 12,) * 4, partitions=256, streams=10**6, wanted=10**6,
        settings=dict.fromkeys(facts.ALIKE, "d" * 6),
    )  # fmt: skip
    written = encode_summary(summary, most)
    assert len(written) <= MAX_SUMMARY
    found = read_entry(written)
    assert found is not None
    assert found.facts == most
    assert found.stale == MOST_STALE
    for wrong_facts in ({}, None, [], {**OURS.as_dict(), "keys": []}, {**OURS.as_dict(), "version": 1}):
        assert read_facts({"facts": wrong_facts}) is None
    assert read_facts({}) is None
    for data in (b"", b"{}", b"[]", b"x" * 2000, written.replace(b'"stale"', b"1")):
        assert read_entry(data) is None


async def test_a_gateway_tells_what_it_was_set_to(tmp_path: Path, valkey_url: str) -> None:
    async with beating(valkey_url), local_gateway(valkey_url, max_connections=7) as running:
        told = facts.facts_of(running.gateway.settings, running.gateway.key, 9)
    assert (told.streams, told.wanted, told.is_key_kept, told.is_local) == (7, 9, True, True)
    assert set(told.settings) == {*facts.ALIKE}
    assert os.path.basename(str(tmp_path)) not in str(told)
