"""`tickcast doctor` beside a whole cluster: silent while it is healthy, and right about what is planted."""

import json
from typing import Any

import pytest

from tests.cluster.cluster import Cluster, ComposeError
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


async def examined(cluster: Cluster, *arguments: str) -> dict[str, Any]:
    """Return what the operator's doctor says."""
    run = ("run", "--rm", "--no-deps", "-T", "operator", "doctor", "--json", *arguments)
    # The exit code tells of faults, and compose passes it on.
    command = " ".join(("docker", "compose", *run, "; true"))
    told: dict[str, Any] = json.loads(await cluster.run("sh", "-c", command))
    return told


def of(told: dict[str, Any], *levels: str) -> dict[str, str]:
    return {each["name"]: each["what"] for each in told["findings"] if each["level"] in levels}


async def test_a_healthy_cluster_has_no_fault_and_nothing_is_left_unchecked(cluster: Cluster) -> None:
    told = await examined(cluster)
    assert of(told, "fault", "warning", "unchecked") == {}
    assert told["healthy"]
    assert {"redis-open", "gateways-alive", "stream-buffering", "proxy-addresses", "auth-off"} <= {
        *of(told, "ok")
    }
    # As a user runs it: exit code 0, and a line that says so.
    printed = await cluster.compose("run", "--rm", "--no-deps", "-T", "operator", "doctor")
    assert "0 faults, 0 warnings" in printed


async def test_an_address_for_all_without_tokens_is_a_fault(cluster: Cluster) -> None:
    told = await examined(cluster, "--published-at", "0.0.0.0")
    assert set(of(told, "fault")) == {"auth-off"}
    assert set(of(told, "warning")) == {"tls-off"}
    with pytest.raises(ComposeError):
        await cluster.compose(
            *("run", "--rm", "--no-deps", "-T", "operator", "doctor", "--published-at", "0.0.0.0")
        )


async def test_publishers_that_have_ended_are_found(cluster: Cluster) -> None:
    await cluster.compose("stop", "publisher")

    async def is_found() -> bool:
        found = of(await examined(cluster), "fault")
        return {"feed-leader", "feed-age", "gateways-live"} <= {*found}

    await eventually(is_found)
