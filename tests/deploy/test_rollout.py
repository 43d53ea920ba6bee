"""What deploy/rollout.sh asks of Docker: in which order, and with which compose files."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.snippets import block

ROLLOUT = Path(__file__).parents[2] / "deploy/rollout.sh"

# A Docker of which the containers are lines of files; each call is noted.
DOCKER = """#!/bin/sh
set -eu
echo "$*" >>"$STATE/calls"
case $1 in
compose)
    for last in "$@"; do :; done
    case " $* " in
    *" ps "*) cat "$STATE/$last" ;;
    *" config --images "*) cat "$STATE/images" ;;
    *" config --services "*) printf 'gateway\\npublisher\\nredis\\nredis-replica\\n' ;;
    *" --force-recreate "*) ;;
    *" up "*)
        wanted=$(echo "$*" | sed "s/.*--scale $last=//; s/ .*//")
        while [ "$(wc -l <"$STATE/$last")" -lt "$wanted" ]; do
            echo "new-$last-$(wc -l <"$STATE/calls")" >>"$STATE/$last"
        done
        ;;
    esac
    ;;
inspect)
    if [ "$4" = "$(cat "$STATE/sick")" ]; then echo "running unhealthy"; else echo "running healthy"; fi
    ;;
exec)
    case $* in
    *" acl load") cat "$STATE/$2-says" && [ ! -s "$STATE/$2-says" ] ;;
    *) [ "$2" = "$(cat "$STATE/leader")" ] ;;
    esac
    ;;
image) ! grep -qx "$3" "$STATE/missing" ;;
pull) ! grep -qx "$3" "$STATE/nowhere" ;;
rm)
    for service in gateway publisher; do
        { grep -vx "$2" "$STATE/$service" || true; } >"$STATE/left"
        mv "$STATE/left" "$STATE/$service"
    done
    # Whoever started last takes over.
    if [ "$2" = "$(cat "$STATE/leader")" ]; then tail -n 1 "$STATE/publisher" >"$STATE/leader"; fi
    ;;
esac
"""


class Rollout(NamedTuple):
    """What a rollout did."""

    calls: list[list[str]]
    containers: dict[str, list[str]]
    status: int
    said: str

    def stopped(self) -> list[str]:
        """Return the containers that were stopped, in order."""
        return [call[1] for call in self.calls if call[0] == "stop"]

    def loaded(self) -> list[str]:
        """Return the containers that were asked to load their list of users, in order."""
        return [call[1] for call in self.calls if call[0] == "exec" and call[-2:] == ["acl", "load"]]

    def replaced(self) -> list[str]:
        """Return the services that were replaced at once, in order."""
        return [call[-1] for call in self.calls if "--force-recreate" in call]


def roll_out(
    folder: Path,
    *arguments: str,
    gateways: int = 3,
    publishers: int = 2,
    says: str = "",
    sick: str = "",
    missing: str = "",
    nowhere: str = "",
) -> Rollout:
    """Run the script over containers of which the first publisher leads, and one may be `sick`.

    An image may be `missing` on this machine, and `nowhere` else either. The first Redis `says` something
    when it is asked to load its list of users; nothing: it has.
    """
    docker = folder / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    for service, count in (("gateway", gateways), ("publisher", publishers)):
        (folder / service).write_text("".join(f"old-{service}-{number}\n" for number in range(count)))
    (folder / "sick").write_text(sick)
    (folder / "images").write_text("redis:8\nours-gateway:0.2.0\n")
    (folder / "missing").write_text(missing)
    (folder / "nowhere").write_text(nowhere)
    (folder / "leader").write_text("old-publisher-0\n")
    for service, answer in (("redis", says), ("redis-replica", "")):
        (folder / service).write_text(f"old-{service}\n")
        (folder / f"old-{service}-says").write_text(answer)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", str(ROLLOUT), *arguments],
        env={"PATH": path, "STATE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    calls = [line.split(" ") for line in (folder / "calls").read_text().splitlines() if line]
    containers = {each: (folder / each).read_text().split() for each in ("gateway", "publisher")}
    return Rollout([call for call in calls if call[0].isalpha()], containers, done.returncode, done.stderr)


def test_gateways_come_first_then_standbys_and_the_leader_last(tmp_path: Path) -> None:
    done = roll_out(tmp_path, publishers=3)
    assert done.status == 0, done.said
    gateways = [f"old-gateway-{number}" for number in range(3)]
    assert done.stopped() == [*gateways, "old-publisher-1", "old-publisher-2", "old-publisher-0"]
    assert [len(each) for each in done.containers.values()] == [3, 3]
    assert not [name for each in done.containers.values() for name in each if name.startswith("old")]


def test_on_the_way_back_publishers_come_first_and_the_leader_before_any_gateway(tmp_path: Path) -> None:
    done = roll_out(tmp_path, "back", "--profile", "tls", gateways=2)
    assert done.status == 0, done.said
    gateways = ["old-gateway-0", "old-gateway-1"]
    assert done.stopped() == ["old-publisher-1", "old-publisher-0", *gateways]
    assert all(call[1:3] == ["--profile", "tls"] for call in done.calls if call[0] == "compose")


@pytest.mark.parametrize("count", [1, 2])
def test_a_new_container_is_ready_before_an_old_one_stops(tmp_path: Path, count: int) -> None:
    done = roll_out(tmp_path, "publisher", publishers=count)
    turns = [
        "up" if call[0] == "compose" else call[0]
        for call in done.calls
        if call[0] in ("stop", "inspect") or "up" in call
    ]
    assert turns == ["up", "inspect", "stop"] * count
    for call in done.calls:
        if "up" in call:
            assert {"--no-recreate", "--no-deps", f"publisher={count + 1}"} <= set(call)


def test_a_new_container_that_is_not_ready_ends_the_rollout_before_an_old_one_stops(tmp_path: Path) -> None:
    new = next(name for name in roll_out(tmp_path, "gateway").containers["gateway"])
    (tmp_path / "calls").unlink()
    done = roll_out(tmp_path, "gateway", sick=new)
    assert done.status == 1
    assert new in done.said
    assert "docker logs" in done.said
    assert not done.stopped()


def test_an_old_container_that_is_sick_is_replaced_like_the_others(tmp_path: Path) -> None:
    done = roll_out(tmp_path, "gateway", sick="old-gateway-2")
    assert done.status == 0, done.said
    assert done.stopped() == [f"old-gateway-{number}" for number in range(3)]


def test_every_call_of_compose_has_the_same_files_and_profiles(tmp_path: Path) -> None:
    program, *options = block("docs/deploy.md", "A new version", 1).split()
    assert (program, options[-2:]) == ("deploy/rollout.sh", ["--profile", "observability"])
    done = roll_out(tmp_path, *options)
    calls = [call for call in done.calls if call[0] == "compose"]
    assert len(calls) == 24
    assert all(call[1 : 1 + len(options)] == options for call in calls)


@pytest.mark.parametrize(("nowhere", "status"), [("", 0), ("ours-gateway:0.2.0", 1)])
def test_an_image_that_is_neither_here_nor_to_be_had_ends_the_rollout_before_anything_changes(
    tmp_path: Path, nowhere: str, status: int
) -> None:
    done = roll_out(tmp_path, "back", missing="ours-gateway:0.2.0", nowhere=nowhere)
    assert done.status == status
    if status:
        line = "no image ours-gateway:0.2.0 here, and none can be pulled; build it, or set another"
        assert done.said == f"rollout: {line} TICKCAST_VERSION\n"
        assert not done.stopped()
        assert not [call for call in done.calls if "run" in call or "up" in call]


def test_one_kind_can_be_replaced_alone(tmp_path: Path) -> None:
    done = roll_out(tmp_path, "gateway", "--profile", "tls")
    assert done.stopped() == [f"old-gateway-{number}" for number in range(3)]


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    done = roll_out(tmp_path, gateways=0)
    assert (done.status, done.said) == (
        1,
        "rollout: no gateway is running; start it with docker compose up\n",
    )


def test_every_redis_loads_its_list_of_users_before_the_first_gateway_starts(tmp_path: Path) -> None:
    done = roll_out(tmp_path)
    assert done.status == 0, done.said
    assert done.loaded() == ["old-redis", "old-redis-replica"]
    assert not done.replaced()
    kinds = [
        "load" if call[-1] == "load" else "up" for call in done.calls if call[-1] == "load" or "up" in call
    ]
    assert kinds[:3] == ["load", "load", "up"]


def test_a_redis_whose_users_may_not_load_the_list_is_replaced_before_the_first_gateway_starts(
    tmp_path: Path,
) -> None:
    done = roll_out(tmp_path, says="NOPERM User server has no permissions to run the 'acl|load' command")
    assert done.status == 0, done.said
    assert done.replaced() == ["redis"]
    ups = [call for call in done.calls if "up" in call]
    assert ups[0][-1] == "redis"
    assert {"--wait", "--no-deps"} <= set(ups[0])
    assert "replacing redis" in done.said


def test_a_list_of_users_that_redis_refuses_ends_the_rollout(tmp_path: Path) -> None:
    done = roll_out(tmp_path, says="ERR The server detected errors")
    assert done.status == 1
    assert done.said == "rollout: redis did not load the new list of users: ERR The server detected errors\n"
    assert not done.replaced()
    assert not done.stopped()
