"""The compose files for more than one Redis fit the main one."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import need_compose
from tickcast.runtime.redis.address import parse_redis_address

ROOT = Path(__file__).parents[2]


def merged(name: str) -> dict[str, Any]:
    """Return the services of the main file with one of the others over it."""
    need_compose()
    command = ["docker", "compose", "-f", "docker-compose.yml", "-f", f"deploy/compose.{name}.yml"]
    done = subprocess.run(
        [*command, "config", "--format", "json"], cwd=ROOT, env=os.environ, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    return services


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
