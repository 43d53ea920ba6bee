"""deploy/up.sh says in one line what a machine lacks, before anything starts."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import need_compose
from tests.support.ports import free_port
from tests.support.tools import need

ROOT = Path(__file__).parents[2]
UP = ROOT / "deploy/up.sh"

DOCKER = """#!/bin/sh
echo "$*" >>"$STATE/calls"
case $* in
version*) echo "$SAYS" >&2; [ -z "$SAYS" ] ;;
"compose version") [ -z "$NO_PLUGIN" ] ;;
*" config") cat "$STATE/config" ;;
ps*) cat "$STATE/ours" ;;
esac
"""
"""A Docker that notes what it is asked, and publishes what the test writes."""

CONFIG = """name: tried
services:
  nginx:
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 8080
        published: "{port}"
        protocol: tcp
  grafana:
    ports:
      - mode: ingress
        target: 3000
        published: "{other}"
networks:
  front:
    name: tried_front
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


class Machine:
    """A machine with a Docker of a kind."""

    def __init__(self, folder: Path, docker: str = DOCKER) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        if docker:
            (folder / "bin/docker").write_text(docker)
            (folder / "bin/docker").chmod(0o755)
        for name in ("config", "ours", "calls"):
            (folder / name).touch()

    def publishes(self, port: int, other: int) -> None:
        """Let the compose files publish two ports."""
        (self.folder / "config").write_text(CONFIG.format(port=port, other=other))

    def up(self, *arguments: str, path: str = os.environ["PATH"], **more: str) -> tuple[int, str]:
        """Run the script; return its code, and what it said of an error."""
        given = {"PATH": f"{self.folder}/bin{os.pathsep}{path}", "STATE": str(self.folder)}
        done = subprocess.run(
            ["/bin/sh", str(UP), *arguments],
            env={**given, "SAYS": "", "NO_PLUGIN": "", **more},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )
        return done.returncode, done.stderr

    def started(self) -> list[str]:
        """Return the calls that start something."""
        return [line for line in (self.folder / "calls").read_text().splitlines() if " up " in line]


def test_all_arguments_go_to_compose_which_waits_until_it_serves(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.publishes(free_port(), free_port())
    assert machine.up("-f", "docker-compose.yml", "--profile", "tls") == (0, "")
    assert machine.started() == ["compose -f docker-compose.yml --profile tls up --wait"]


def test_without_docker_the_line_names_where_it_comes_from_and_what_runs_without(tmp_path: Path) -> None:
    code, said = Machine(tmp_path, docker="").up(path="/nowhere")
    assert code == 1
    assert said.count("\n") == 1
    assert "no Docker here: install it" in said
    assert "`make up`" in said


def test_without_the_plugin_the_line_says_so(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    code, said = machine.up(NO_PLUGIN="yes")
    assert (code, said.count("\n"), machine.started()) == (1, 1, [])
    assert "no Compose plugin: install it" in said


@pytest.mark.parametrize(
    ("says", "line"),
    [
        ("Cannot connect to the Docker daemon", "Docker is installed but does not answer: start it"),
        ("permission denied while trying to connect", "you may not use Docker: join the group docker"),
    ],
)
def test_an_engine_that_does_not_answer_is_told_from_one_that_may_not_be_used(
    tmp_path: Path, says: str, line: str
) -> None:
    machine = Machine(tmp_path)
    code, said = machine.up(SAYS=says)
    assert (code, said.count("\n"), machine.started()) == (1, 1, [])
    assert line in said


def test_the_real_docker_is_asked_where_no_engine_is(tmp_path: Path) -> None:
    need_compose()
    docker = f'#!/bin/sh\nexec {need("docker")} "$@"\n'
    code, said = Machine(tmp_path, docker).up(DOCKER_HOST="unix:///nowhere/docker.sock")
    assert (code, said.count("\n")) == (1, 1)
    assert "does not answer at unix:///nowhere/docker.sock: start it" in said


@pytest.mark.parametrize("looker", ["curl", "python3"])
def test_a_port_that_is_taken_is_named_with_a_free_one_and_its_variable(
    tmp_path: Path, taken: int, looker: str
) -> None:
    machine = Machine(tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("awk", "sed", "cat", "tr"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    (tools / looker).symlink_to(need("curl") if looker == "curl" else Path(sys.executable).resolve())
    machine.publishes(taken, free_port())
    code, said = machine.up(path=str(tools))
    assert (code, said.count("\n"), machine.started()) == (1, 1, [])
    assert f"port {taken} of 127.0.0.1 is taken" in said
    other = int(said.rpartition("TICKCAST_HTTP_PORT=")[2].split()[0])
    assert other > taken
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", other)) != 0


def test_the_variable_is_that_of_the_service_whose_port_is_taken(tmp_path: Path, taken: int) -> None:
    machine = Machine(tmp_path)
    machine.publishes(free_port(), taken)
    assert "TICKCAST_GRAFANA_PORT=" in machine.up()[1]


def test_a_port_that_this_cluster_itself_has_is_no_obstacle(tmp_path: Path, taken: int) -> None:
    machine = Machine(tmp_path)
    machine.publishes(taken, free_port())
    (tmp_path / "ours").write_text("0123456789ab\n")
    assert machine.up() == (0, "")
    assert machine.started()
    asked = [line for line in (tmp_path / "calls").read_text().splitlines() if line[:2] == "ps"]
    assert f"label=com.docker.compose.project=tried --filter publish={taken}" in asked[0]


def test_where_no_port_nearby_is_free_none_is_named_and_arguments_are_kept(tmp_path: Path) -> None:
    with socket.socket() as last:
        try:
            last.bind(("127.0.0.1", 65535))
        except OSError:
            pytest.skip("another program has the last port")
        last.listen()
        machine = Machine(tmp_path)
        machine.publishes(65535, free_port())
        code, said = machine.up("--profile", "tls")
    assert (code, said.count("\n"), machine.started()) == (1, 1, [])
    assert said.endswith("TICKCAST_HTTP_PORT=PORT deploy/up.sh --profile tls\n")


SERVED = ("HTTP", "HTTPS", "PROMETHEUS", "GRAFANA", "ALERTMANAGER")
"""What the profiles publish; a default may be in use here."""


def test_the_ports_of_the_real_files_are_looked_at(tmp_path: Path, taken: int) -> None:
    need_compose()
    # Everything is real but the engine: `version` and `ps` ask it.
    docker = f'#!/bin/sh\ncase $1 in compose) exec {need("docker")} "$@" ;; esac\n'
    machine = Machine(tmp_path, docker)
    for name in ("HTTP", "GRAFANA"):
        ports = {f"TICKCAST_{each}_PORT": str(free_port()) for each in SERVED}
        code, said = machine.up("--profile", "*", **{**ports, f"TICKCAST_{name}_PORT": str(taken)})
        assert code == 1
        assert f"port {taken} of 127.0.0.1 is taken" in said, name
        assert f"TICKCAST_{name}_PORT=" in said
