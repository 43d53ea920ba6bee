"""What the images and containers are allowed, and what they leave out."""

import json

import pytest

from tests.cluster.cluster import Cluster, ComposeError

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

SERVICES = ["redis", "publisher", "gateway", "nginx"]


@pytest.mark.parametrize("program", ["gateway", "publisher"])
async def test_an_image_is_under_200_mb_beyond_its_base(cluster: Cluster, program: str) -> None:
    image = (await cluster.inspect((await cluster.containers(program))[0]))["Image"]
    sizes = json.loads(await cluster.docker("image", "inspect", image, "python:3.14-slim"))
    assert sizes[0]["Size"] - sizes[1]["Size"] < 200_000_000


@pytest.mark.parametrize("service", SERVICES)
async def test_a_container_is_confined(cluster: Cluster, service: str) -> None:
    for container in await cluster.containers(service):
        found = await cluster.inspect(container)
        host = found["HostConfig"]
        assert found["Config"]["User"] not in ("", "0", "root", "0:0")
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


async def test_a_gateway_runs_as_nobody_on_a_root_it_cannot_write(cluster: Cluster) -> None:
    status = await cluster.compose("exec", "-T", "gateway", "cat", "/proc/1/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == ["10001"] * 4
    assert int(facts["CapEff"], 16) == 0
    with pytest.raises(ComposeError, match="Read-only file system"):
        await cluster.compose("exec", "-T", "--user", "0", "gateway", "touch", "/opt/tickcast/bin/tickcast")


async def test_the_drain_ends_before_docker_kills(cluster: Cluster) -> None:
    (gateway, *_) = await cluster.containers("gateway")
    config = (await cluster.inspect(gateway))["Config"]
    drain = next(each for each in config["Env"] if each.startswith("TICKCAST_DRAIN="))
    assert config["StopTimeout"] > float(drain.partition("=")[2]) + 2


async def test_only_nginx_is_published(cluster: Cluster) -> None:
    for service in SERVICES:
        for container in await cluster.containers(service):
            ports = (await cluster.inspect(container))["NetworkSettings"]["Ports"]
            assert any(ports.values()) == (service == "nginx")


async def test_redis_lets_nobody_do_more_than_he_must(cluster: Cluster) -> None:
    async def answer(*words: str) -> str:
        # Without -e a refusal is printed like any answer.
        return await cluster.compose("exec", "-T", "redis", "redis-cli", *words)

    assert (await answer("ping")).strip() == "PONG"
    assert "NOPERM" in await answer("get", "{tickcast:main:0}:lease")
    gateway = (
        await cluster.compose("exec", "-T", "gateway", "cat", "/run/secrets/redis/redis_password")
    ).strip()
    login = ("--user", "gateway", "--pass", gateway, "--no-auth-warning")
    assert "NOPERM" not in await answer(*login, "hgetall", "{tickcast:main:0}:meta")
    for forbidden in (
        ("hset", "{tickcast:main:0}:last", "AAPL", "{}"),
        ("publish", "{tickcast:main:0}:live", "x"),
        ("get", "another"),
        ("config", "get", "*"),
        ("flushall",),
    ):
        assert "NOPERM" in await answer(*login, *forbidden)


async def test_bringing_up_what_runs_replaces_nothing_and_says_where_it_answers(cluster: Cluster) -> None:
    before = [await cluster.containers(service) for service in SERVICES]
    said = await cluster.run("deploy/up.sh")
    assert [await cluster.containers(service) for service in SERVICES] == before
    assert said.splitlines() == [f"up: nginx answers at {cluster.url.removeprefix('http://')}"]
