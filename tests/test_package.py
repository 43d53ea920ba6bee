"""What is installed: one package, whole, that runs wherever it is put."""

import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.cli.running_up import Up
from tests.support.wheel_venv import ROOT, Venv, build, unpack

SOURCE = ROOT / "src" / "tickcast"
FOREIGN = ["gateway", "cli", "web"]
CHART = "web/node_modules/lightweight-charts"
CHART_FILES = [
    *(
        f"{CHART}/LICENSE",
        f"{CHART}/package.json",
        f"{CHART}/dist/lightweight-charts.standalone.production.mjs",
    ),
    "web/node_modules/fancy-canvas/package.json",
]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


class Installed(NamedTuple):
    venv: Venv
    before: dict[str, bytes]
    """The files that were in site-packages before, by path."""
    added: set[str]
    """The names that came to site-packages with the wheel."""


@pytest.fixture(scope="module", params=[[], FOREIGN], ids=["clean", "with packages gateway, cli and web"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Installed:
    """The wheel in a venv that is clean, or holds somebody else's packages."""
    venv = Venv(tmp_path_factory.mktemp("venv"))
    for name in request.param:
        package = venv.packages / name
        package.mkdir()
        (package / "__init__.py").write_text("raise ImportError('Tickcast took a package of somebody else')")
    return Installed(venv, contents(venv.packages), venv.install(str(wheel)))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def up(installed: Installed, empty: Path) -> Iterator[Up]:
    subject = Up("--symbols", "5", "--rate", "100", program=[str(installed.venv.bin / "tickcast")], cwd=empty)
    yield subject
    subject.close()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_the_wheel_adds_one_package_and_its_metadata_and_changes_no_other(installed: Installed) -> None:
    assert installed.added == {"tickcast", f"tickcast-{version()}.dist-info"}
    now = contents(installed.venv.packages)
    assert {path: now[path] for path in installed.before} == installed.before


def test_the_wheel_runs_from_an_empty_folder_with_its_page(installed: Installed, up: Up, empty: Path) -> None:
    home = installed.venv.run("import tickcast; print(tickcast.__path__[0])", empty)
    assert Path(home) == installed.venv.packages / "tickcast"
    commands = [child.cmdline() for child in up.children]
    programs = {command[0] for command in commands if "tickcast.cli.main" in command}
    assert programs == {str(installed.venv.bin / "python")}

    with httpx2.Client(base_url=up.page, timeout=60) as client:
        page = client.get("/")
        assert "Tickcast" in page.text
        modules = re.findall(r'<(?:script|link)[^>]* (?:src|href)="(/?[\w./-]+\.(?:js|css))"', page.text)
        assert len(modules) > 10
        assert [name for name in modules if client.get(name).status_code != 200] == []
        chart = client.get("/vendor/lightweight-charts.js")
        assert chart.status_code == (200 if (ROOT / CHART).exists() else 404)
        with client.sse("/v1/stream") as events:
            assert any(event.event == "tick" for event in events)

    assert list(empty.iterdir()) == []


def test_the_wheel_holds_the_files_of_the_repository_and_the_chart(wheel: Path) -> None:
    found = {name.removeprefix("tickcast/") for name in names(wheel) if name.startswith("tickcast/")}
    folders = {link.name for link in SOURCE.iterdir() if link.is_symlink()}
    left_out = {"web/package.json", "web/package-lock.json"}
    ours = {name for name in tracked() if name.partition("/")[0] in folders} - left_out
    ours |= {name.removeprefix("src/tickcast/") for name in tracked() if name.startswith("src/tickcast/")}
    chart = {name for name in CHART_FILES if (ROOT / name).exists()}
    assert found == (ours - folders) | chart


def test_every_package_at_the_top_of_the_repository_is_linked_into_the_one_package() -> None:
    links = {path.name: path.readlink() for path in SOURCE.iterdir() if path.is_symlink()}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"web"}
    assert links == {name: Path("..", "..", name) for name in packages}


def test_a_wheel_built_from_the_sdist_is_the_same(tmp_path: Path, wheel: Path) -> None:
    project = unpack(build(ROOT, tmp_path / "sdist", "sdist"), tmp_path / "unpacked")
    again = build(project, tmp_path / "again", "wheel")
    assert again.name == wheel.name
    assert names(again) == names(wheel)


def test_the_typing_of_the_package_is_announced(wheel: Path) -> None:
    assert "tickcast/py.typed" in names(wheel)


def test_an_editable_install_imports_the_repository(tmp_path: Path, empty: Path) -> None:
    venv = Venv(tmp_path / "venv")
    added = venv.install("--editable", str(ROOT))
    assert [name for name in added if not name.endswith((".pth", ".dist-info"))] == []
    told = venv.run("import tickcast.wire; print(tickcast.__version__, tickcast.__path__[0])", empty)
    assert told == f"{version()} {SOURCE}"


def version() -> str:
    """Return the version that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def names(wheel: Path) -> dict[str, int]:
    """Return the checksums of the files in a wheel, by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def tracked() -> list[str]:
    """Return the files that git knows, or will when they are added."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return [name for name in listing.split("\0") if (ROOT / name).exists()]
