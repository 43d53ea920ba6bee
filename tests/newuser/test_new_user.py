"""What a new user does on an empty machine, by the lines of the docs, from clone to uninstall."""

import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Page

from tests.newuser.machine import Machine, empty_machine
from tests.support.docs import ROOT
from tests.support.engine import need_compose
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.snippets import block
from tests.web.tabs import browser_context

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(1200)]

FOLDER = f"tickcast-newuser-{os.getpid()}"
"""Compose names all that it makes after the folder; a cluster `tickcast` may be somebody's own."""

FILES = "-f docker-compose.yml -f deploy/compose.inbox.yml"
COMPOSE_FILE = "docker-compose.yml:deploy/compose.inbox.yml"


def in_folder(code: str) -> str:
    """Return lines of the docs with the folder of this test for `tickcast`."""
    return re.sub(r"(?<=[ =])tickcast(?=\n|\))", FOLDER, code)


LEFT = {"container": ["rm", "--force"], "network": ["rm"], "volume": ["rm"], "image": ["rm", "--force"]}
"""What Compose makes, and how it is removed; containers go first."""


async def serves(url: str) -> bool:
    """Tell whether a gateway is ready."""
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.get(f"{url}/v1/snapshot")).status_code == 200
        except httpx2.TransportError:
            return False


def ended(machine: Machine, log: str) -> bool:
    """Tell whether `verify` has come to its end."""
    return re.search(r"^(proved|failed)$", machine.output(log), re.MULTILINE) is not None


async def shows(page: Page, url: str, symbol: str) -> None:
    """Open the page, and wait until a symbol has a price that moves."""
    await page.goto(url)
    row = page.get_by_role("row").filter(has_text=symbol).first
    await row.wait_for()
    before = await row.inner_text()

    async def moved() -> bool:
        return await row.inner_text() != before and re.search(r"\d", await row.inner_text()) is not None

    await eventually(moved)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A tab of Chromium."""
    async with browser_context() as context:
        yield await context.new_page()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """An empty machine, and a repository to clone."""
    need_compose()
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, tmp_path / "repository"], check=True)
    (tmp_path / "home").mkdir()
    with empty_machine(FOLDER, tmp_path) as made:
        made.home = tmp_path / "home"
        made.run("git config --global --add safe.directory '*'")
        yield made
    # What a test that has failed has not uninstalled.
    for kind, remove in LEFT.items():
        if ids := labelled(kind).split():
            subprocess.run(["docker", kind, *remove, *ids], check=True, capture_output=True)


def labelled(kind: str) -> str:
    """Return what is left of Compose's project: containers, volumes, networks or images."""
    label = f"label=com.docker.compose.project={FOLDER}"
    command = [
        "docker",
        kind,
        "ls",
        "--quiet",
        *(["--all"] if kind == "container" else []),
        "--filter",
        label,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_from_a_clone_to_own_prices_a_rollout_a_way_back_and_nothing_left(
    machine: Machine, page: Page
) -> None:
    before = machine.changed()
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"

    # README: see it run, and prove it.
    lines = in_folder(block("README.md", "See it run", 0))
    lines = lines.replace("make up\n", f'make up ARGS="--port {port}"\n')
    machine.start(lines, "up", REPOSITORY=str(machine.home.parent / "repository"))
    await eventually(lambda: "Tickcast is up" in machine.output("up"), 600)
    curl = block("README.md", "See it run", 1).replace("8080", port).rstrip()
    assert "event: snapshot" in machine.run(f"{curl} --max-time 30 --silent | grep -m 1 '^event: snapshot'")
    [verify] = re.findall(
        r"^\.venv/bin/tickcast verify --clients 50", block("README.md", "Prove it", 0), re.M
    )
    machine.run(f"{verify} --url {url} --seconds 5", FOLDER)
    await shows(page, url, "AAPL")
    machine.interrupt("up")

    # README: own prices, by a program that prints.
    stdin = block("README.md", "Bring your own prices", 0).rstrip()
    stdin = stdin.replace("my-feed", ".venv/bin/python -u examples/print_prices.py")
    machine.start(f"{stdin} --port {port}", "stdin", FOLDER)
    await eventually(lambda: serves(url), 120)
    await shows(page, url, "PRINTED")
    machine.interrupt("stdin")

    # docs/deploy.md: own prices in a cluster, by a program that hands in; a new version, and back.
    cluster = {"TICKCAST_HTTP_PORT": port, "TICKCAST_RATE": "50"}
    machine.run("sed s/HANDED-IN/MINE/ examples/publish_prices.py >my_producer.py", FOLDER)
    machine.run(block("docs/deploy.md", "Programs that hand in", 0), FOLDER, **cluster)
    cluster["TICKCAST_PROGRAM"] = f"{machine.home / FOLDER}/my_producer.py"
    await shows(page, url, "MINE")
    old = block("docs/deploy.md", "Back to the old version", 0)
    rollout = block("docs/deploy.md", "A new version", 0)
    assert "deploy/rollout.sh back" in old
    steps = {
        "another": rollout.replace("compose build", f"compose {FILES} build").rstrip() + f" {FILES}",
        "0.1.0": old.rstrip() + f" {FILES}",
    }
    for version, step in steps.items():
        proof = f"proof-{version}"
        machine.start(f"{verify} --url {url} --seconds 40 && echo proved || echo failed", proof, FOLDER)
        machine.run(step, FOLDER, **cluster, TICKCAST_VERSION=version)
        await eventually(partial(ended, machine, proof), 300)
        assert "proved" in machine.output(proof), machine.output(proof)
        names = f"docker compose {FILES} ps --format '{{{{.Image}}}}' gateway publisher"
        images = machine.run(names, FOLDER, **cluster)
        tags = {image.partition(":")[2] for image in images.split() if image.startswith(FOLDER)}
        assert tags == {version}
    await shows(page, url, "MINE")

    # README: uninstall.
    machine.run(in_folder(block("README.md", "A cluster", 1)), FOLDER, **cluster, COMPOSE_FILE=COMPOSE_FILE)
    assert {kind: labelled(kind) for kind in LEFT} == dict.fromkeys(LEFT, "")
    machine.run(f"rm -rf {FOLDER}")
    new = machine.changed() - before
    own = machine.run("echo ~").strip()
    caches = (f"{own}/.cache", f"{own}/.npm", f"{own}/.docker", "/tmp")
    assert [path for path in new if path != own and not path.startswith(caches)] == []
