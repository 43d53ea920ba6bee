"""A whole cluster as `docker compose up` makes it, under a project name and a port of its own."""

import asyncio
import json
import os
import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PROJECT = f"tickcast-test-{os.getpid()}"


class ComposeError(Exception):
    """A docker command failed; the message is what it said."""


class Cluster:
    """Drives one compose project."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.tls_url = f"https://127.0.0.1:{free_port()}"
        """Where the profile `tls` answers, once a test has started it."""
        self.up_seconds = 0.0
        """What `deploy/up.sh` took, after the build."""
        self._password = ""
        # A setting of the developer's own shell must not reach the cluster.
        own = {name: value for name, value in os.environ.items() if not name.startswith("TICKCAST_")}
        self.environment = own | {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_MENU": "false",
            "TICKCAST_IMAGES": "tickcast-test",
            "TICKCAST_HTTP_PORT": self.url.rpartition(":")[2],
            "TICKCAST_HTTPS_PORT": self.tls_url.rpartition(":")[2],
        }

    def build(self) -> None:
        """Build the images. Raises ComposeError."""
        self._run("docker", "compose", "build", "--quiet")

    def start(self) -> None:
        """Build the images, and bring everything up. Raises ComposeError."""
        self.build()
        began = time.monotonic()
        self._run("deploy/up.sh")
        self.up_seconds = time.monotonic() - began

    def remove(self) -> None:
        """End it, and delete its containers, networks and volumes."""
        self._run("docker", "compose", "--profile", "*", "down", "--volumes", "--timeout", "1")

    def logs(self) -> str:
        """Return the last lines of every container."""
        return self._run(
            "docker", "compose", "logs", "--no-color", "--tail", "20", "redis", "publisher", "gateway"
        )

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ComposeError(f"{' '.join(command)}: {done.stderr[-4000:]}")
        return done.stdout

    async def run(self, *command: str) -> str:
        """Return what a command printed. Raises ComposeError."""
        return await asyncio.to_thread(self._run, *command)

    async def shell(self, command: str) -> str:
        """Return what a command of the docs printed, with the ports of this cluster. Raises ComposeError."""
        ports = {"8080": self.url.rpartition(":")[2], "8443": self.tls_url.rpartition(":")[2]}
        return await self.run("sh", "-c", re.sub(r"\b(8080|8443)\b", lambda m: ports[m[1]], command))

    async def compose(self, *arguments: str) -> str:
        """Run `docker compose`."""
        return await self.run("docker", "compose", *arguments)

    async def docker(self, *arguments: str) -> str:
        """Run `docker`."""
        return await self.run("docker", *arguments)

    async def heal(self) -> None:
        """Bring back whatever a test before has stopped, paused, cut off or scaled."""
        for container in (await self.compose("ps", "--all", "--quiet", "--status", "paused")).split():
            await self.docker("unpause", container)
        deadline = time.monotonic() + 120
        while True:
            try:
                await self.compose("up", "--detach", "--no-build", "--no-recreate", "--wait")
                return
            except ComposeError:
                # What was cut off stays unhealthy until its next check.
                if time.monotonic() > deadline:
                    raise

    async def scale(self, gateways: int) -> None:
        """Let so many gateways run; returns when they have started or gone."""
        await self.compose(
            *("up", "--detach", "--no-build", "--no-recreate", "--no-deps"),
            *("--scale", f"gateway={gateways}", "gateway"),
        )

    async def containers(self, service: str) -> list[str]:
        """Return the ids of a service's running containers."""
        return (await self.compose("ps", "--quiet", service)).split()

    async def inspect(self, container: str) -> Any:
        """Return what the engine knows of a container."""
        return json.loads(await self.docker("inspect", container))[0]

    async def metrics(self, container: str, network: str, port: int) -> dict[str, float]:
        """Return the metrics of a container by name and labels; empty while it does not answer."""
        networks = (await self.inspect(container))["NetworkSettings"]["Networks"]
        address = networks[f"{PROJECT}_{network}"]["IPAddress"]
        if not address:
            return {}
        with suppress(httpx2.TransportError):
            async with httpx2.AsyncClient(trust_env=False, timeout=3) as client:
                text = (await client.get(f"http://{address}:{port}/metrics")).text
                return {
                    name: float(value)
                    for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.MULTILINE)
                }
        return {}

    async def gateway_id(self, container: str) -> str:
        """Return the name by which a gateway tells itself to clients."""
        networks = (await self.inspect(container))["NetworkSettings"]["Networks"]
        address = networks[f"{PROJECT}_front"]["IPAddress"]
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
            return str((await client.get(f"http://{address}:8000/healthz")).json()["gateway"])

    async def leader(self) -> str | None:
        """Return the id of the publisher that leads, if one answers that it does."""
        for container in await self.containers("publisher"):
            if (await self.metrics(container, "back", 9100)).get("tickcast_publisher_leader"):
                return container
        return None

    async def redis(self, *command: str) -> str:
        """Return Redis's answer to a command of the publisher's user."""
        if not self._password:
            read = ("exec", "-T", "publisher", "cat", "/run/secrets/redis/redis_password")
            self._password = await self.compose(*read)
        login = ("--user", "publisher", "--pass", self._password, "--no-auth-warning")
        return await self.compose("exec", "-T", "redis", "redis-cli", "-e", *login, *command)
