"""The bill of materials of the images: what is installed, with licences that allow what we do."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from tests.support.tools import need_chart

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "deploy/sbom/inventory.py"
LOCKED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0"),
    *("PSF-2.0", "Zlib"),
}
"""Licences of packages in the images: none asks us to publish what we do not."""


def listed(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the inventory as an image does: it comes by standard input."""
    return subprocess.run(
        [sys.executable, "-", *arguments],
        input=INVENTORY.read_text("utf-8"),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture(scope="module")
def components() -> dict[str, dict[str, Any]]:
    found = json.loads(listed().stdout)["components"]
    by_purl: dict[str, dict[str, Any]] = {each["purl"]: each for each in found}
    assert len(by_purl) == len(found)
    return by_purl


def licences_of(component: dict[str, Any]) -> Iterator[str]:
    """Yield the licences of a component."""
    for each in component["licenses"]:
        name = (
            each["license"].get("id") or each["license"]["name"] if "license" in each else each["expression"]
        )
        yield from (word.strip("()") for word in name.split() if word not in ("AND", "OR", "WITH"))


@pytest.mark.parametrize("program", ["gateway", "publisher"])
def test_each_package_of_an_image_is_listed_with_a_licence_that_is_allowed(
    components: dict[str, dict[str, Any]], program: str
) -> None:
    lock = (ROOT / f"requirements/{program}.lock").read_text("utf-8")
    here = {re.sub(r"[-_.]+", "-", each.name).lower() for each in distributions()}
    locked = set(LOCKED.findall(lock)) & here
    assert len(locked) > 20
    by_name = {each["name"]: each for purl, each in components.items() if purl.startswith("pkg:pypi/")}
    for name in {*locked, "tickcast"}:
        assert set(licences_of(by_name[name])) <= ALLOWED, name


def test_the_chart_and_python_are_listed_too(components: dict[str, dict[str, Any]]) -> None:
    need_chart()
    by_name = {each["name"]: each for each in components.values()}
    for name in ("lightweight-charts", "fancy-canvas", "python"):
        assert set(licences_of(by_name[name])) <= ALLOWED, name


def test_packages_of_debian_are_listed_with_what_their_copyright_files_say(
    components: dict[str, dict[str, Any]],
) -> None:
    if not Path("/var/lib/dpkg/status").is_file():
        pytest.skip("no Debian")
    found = [each for purl, each in components.items() if purl.startswith("pkg:deb/")]
    assert any(each["name"] == "libc6" for each in found)


def test_the_document_is_the_same_for_the_same_packages() -> None:
    first, second = listed().stdout, listed().stdout
    assert first == second
    document = json.loads(first)
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", document["serialNumber"])


def test_the_texts_of_the_licences_are_there() -> None:
    text = listed("--licences").stdout
    [redis] = [block for block in text.split("=" * 78 + "\npkg:") if block.startswith("pypi/redis@")]
    assert "Permission is hereby granted" in redis


def test_a_package_without_a_licence_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "nobodys-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: nobodys\nVersion: 1.0\nLicense: UNKNOWN\n")
    done = listed(PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "pkg:pypi/nobodys@1.0" in done.stderr


def test_the_lists_are_made_inside_the_images(tmp_path: Path) -> None:
    docker, said = tmp_path / "docker", tmp_path / "said"
    docker.write_text(
        f'#!/bin/sh\necho "$@" >>{said}\n[ "$1" = build ] && exit\n'
        f'while [ "$1" != python ]; do shift; done\nshift\n{sys.executable} "$@"; exit 0\n'
    )
    docker.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TICKCAST_IMAGES": "ours"}
    command = ["sh", str(ROOT / "deploy/sbom/make.sh"), str(tmp_path / "made")]
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=100)
    for program in ("gateway", "publisher"):
        assert json.loads((tmp_path / f"made/{program}.cdx.json").read_text())["components"]
        assert "pkg:pypi/redis@" in (tmp_path / f"made/{program}.licences.txt").read_text()
        assert f"--target {program} --tag ours-{program} ." in said.read_text()
        assert f"--network none --read-only ours-{program} python - --licences" in said.read_text()
