"""The compose files for more than one Redis fit the main one."""

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import need_compose
from tickcast.runtime.redis.address import parse_redis_address

ROOT = Path(__file__).parents[2]


def merged(*names: str, **environment: str) -> dict[str, Any]:
    """Return the services of the main file with some of the others over it."""
    need_compose()
    files = ["docker-compose.yml", *(f"deploy/compose.{name}.yml" for name in names)]
    command = ["docker", "compose", *(part for file in files for part in ("-f", file))]
    done = subprocess.run(
        [*command, "config", "--format", "json"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    return services


def test_images_are_tagged_by_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    programs = ("publisher", "gateway", "operator")
    for given, expected in (({}, version), ({"TICKCAST_VERSION": "9.9"}, "9.9")):
        services = merged(TICKCAST_IMAGES="ours", COMPOSE_PROFILES="operator", **given)
        kinds = {"operator": "gateway"}
        assert {services[each]["image"] for each in programs} == {
            f"ours-{kinds.get(each, each)}:{expected}" for each in programs
        }
        for each in ("publisher", "gateway"):
            build = services[each]["build"]
            assert (build["target"], build["args"]) == (each, {"VERSION": expected})
    assert f"\nARG VERSION={version}\n" in (ROOT / "deploy/Dockerfile").read_text("utf-8")


def test_only_redis_is_waited_for_so_that_all_else_starts_at_the_same_time() -> None:
    services = merged()
    assert {each for what in services.values() for each, how in (what.get("depends_on") or {}).items()
            if how["condition"] == "service_healthy"} == {"redis"}  # fmt: skip
    # An engine older than 25 refuses it, so the first check comes after a whole interval.
    checks = {name: what["healthcheck"] for name, what in services.items() if "healthcheck" in what}
    assert {"redis", "publisher", "gateway", "nginx"} <= checks.keys()
    assert not [name for name, check in checks.items() if "start_interval" in check]


def test_a_recording_is_played_by_publishers_that_end_with_it() -> None:
    found = (
        merged("replay")["publisher"],
        merged("replay", TICKCAST_FILE="/day.csv", TICKCAST_LOOP="false")["publisher"],
    )
    played = [next(m["source"] for m in each["volumes"] if m["target"] == "/recording") for each in found]
    assert played == [str(ROOT / "examples" / "sample.jsonl.gz"), "/day.csv"]
    assert [each["environment"]["TICKCAST_LOOP"] for each in found] == ["true", "false"]
    for each in found:
        assert (each["environment"]["TICKCAST_SOURCE"], each["restart"]) == ("replay", "on-failure:3")
        assert each["deploy"]["replicas"] == 1
        assert each["deploy"]["resources"]


EXCHANGE = {"TICKCAST_EXCHANGE": "kraken", "TICKCAST_SYMBOLS": "BTC-USD"}


@pytest.mark.parametrize("name", ["stdin", "inbox", "plugin", "exchange"])
def test_a_source_of_your_own_reaches_the_world_and_is_as_confined_and_never_restarted_for_ever(
    name: str,
) -> None:
    services, plain = merged(name, **(EXCHANGE if name == "exchange" else {})), merged()["publisher"]
    own = services["producer" if name == "inbox" else "publisher"]
    assert {*own["networks"]} == {"back", "out"}
    assert own["restart"] == "on-failure:3"
    for each in ("cap_drop", "read_only", "security_opt", "logging"):
        assert own[each] == plain[each], each
    assert own["deploy"]["resources"] == plain["deploy"]["resources"]
    # One that fails over to a standby has one; a program that prints is run once.
    assert services["publisher"]["deploy"]["replicas"] == (1 if name == "stdin" else 2)
    sources = {"stdin": "stdin", "inbox": "inbox", "plugin": "coins", "exchange": "kraken"}
    assert services["publisher"]["environment"]["TICKCAST_SOURCE"] == sources[name]


def test_a_producer_has_its_own_password_alone() -> None:
    producer = merged("inbox", TICKCAST_PROGRAM="/feed.py")["producer"]
    assert {m["target"]: m["source"] for m in producer["volumes"]} == {
        "/run/secrets/redis": "producer-secrets",
        "/program": "/feed.py",
    }
    assert producer["environment"]["TICKCAST_REDIS_URL"].startswith("redis://producer@")
    assert "healthcheck" not in producer


def test_an_exchange_has_to_be_named_and_so_have_its_symbols() -> None:
    for name in EXCHANGE:
        with pytest.raises(AssertionError, match=f"set {name} to "):
            merged("exchange", **EXCHANGE | {name: ""})


@pytest.mark.parametrize("name", ["sentinel", "cluster"])
def test_both_programs_get_the_same_redis_and_nothing_is_less_confined(name: str) -> None:
    services = merged(name)
    programs = [services[each]["environment"] for each in ("publisher", "gateway")]
    addresses = [parse_redis_address(each["TICKCAST_REDIS_URL"]) for each in programs]
    assert [each.kind for each in addresses] == [name, name]
    assert addresses[0].hosts == addresses[1].hosts
    assert len({each.get("TICKCAST_PARTITIONS") for each in programs}) == 1
    for service, what in services.items():
        assert what["read_only"], service
        assert what["cap_drop"] == ["ALL"], service
        assert service == "nginx" or not what.get("ports"), service


TOKENS = {"TICKCAST_AUTH_ISSUER": "me", "TICKCAST_AUTH_AUDIENCE": "prices"}


def test_tokens_need_an_issuer_and_gateways_alone_see_the_keys() -> None:
    services = merged("tokens", TICKCAST_AUTH_KEYS_FOLDER="/keys", **TOKENS)
    held = services["gateway"]["environment"]
    assert (held["TICKCAST_AUTH_KEYS"], held["TICKCAST_AUTH_ISSUER"]) == ("/run/keys", "me")
    mounts = {each: [m["source"] for m in what.get("volumes", ())] for each, what in services.items()}
    assert [each for each, sources in mounts.items() if "/keys" in sources] == ["gateway"]
    with pytest.raises(AssertionError, match="set TICKCAST_AUTH_ISSUER to the issuer of your tokens"):
        merged("tokens", **TOKENS | {"TICKCAST_AUTH_ISSUER": ""})


def test_a_delayer_is_as_confined_as_a_publisher_and_gateways_serve_what_it_writes() -> None:
    services = merged("tokens", "delayed", TICKCAST_DELAY_MINUTES="20", **TOKENS)
    delayer, publisher = services["delayer"], services["publisher"]
    assert delayer["environment"]["TICKCAST_DELAY_MINUTES"] == "20"
    assert services["gateway"]["environment"]["TICKCAST_DELAYS"] == "20"
    for name in ("cap_drop", "read_only", "security_opt", "networks", "volumes", "healthcheck", "deploy"):
        assert delayer[name] == publisher[name], name
