"""The direction of imports, as the docs promise it: it is what keeps the programs apart."""

import re
from pathlib import Path

import pytest

from tests.support.imports import Imports, cycle, importers, read_imports, within

ROOT = Path(__file__).parent.parent
PACKAGES = [f"tickcast.{name}" for name in ("wire", "runtime", "publisher", "gateway", "cli", "bench")]
IMPORTS = read_imports(ROOT / "src", PACKAGES)

MAY_IMPORT = {
    "tickcast.wire": {"tickcast.wire"},
    "tickcast.runtime": {"tickcast.wire", "tickcast.runtime"},
    "tickcast.publisher": {"tickcast.wire", "tickcast.runtime", "tickcast.publisher"},
    "tickcast.gateway": {"tickcast.wire", "tickcast.runtime", "tickcast.gateway"},
    "tickcast.cli": set(PACKAGES) - {"tickcast.bench"},
    "tickcast.bench": set(PACKAGES),
}

# A library is met in few places, so that it can be replaced, and its releases followed, there.
HELD_BY = {
    "redis": {
        "tickcast.runtime.redis.blocking",
        "tickcast.runtime.redis.client",
        "tickcast.runtime.redis.errors",
        "tickcast.runtime.redis.subscription",
    },
    "uvicorn": {"tickcast.gateway.server", "tickcast.gateway.transport.takeover"},
    "starlette": {
        "tickcast.gateway.http.app",
        "tickcast.gateway.http.requests",
        "tickcast.gateway.http.stream",
    },
}

# Settings come through pydantic-settings; the bench only cleans what its children inherit.
SEES_ENVIRONMENT = {"bench/process.py"}


def strays(imports: Imports, package: str, allowed: set[str], ours: list[str]) -> set[str]:
    """Return the modules of `package` that import one of our packages that it may not."""
    return {module for other in set(ours) - allowed for module in importers(within(imports, package), other)}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    assert strays(IMPORTS, package, MAY_IMPORT[package], PACKAGES) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_no_tests(package: str) -> None:
    assert importers(within(IMPORTS, package), "tests") == set()


@pytest.mark.parametrize("library", HELD_BY)
def test_a_library_is_imported_only_where_it_is_held(library: str) -> None:
    found = importers(IMPORTS, library)
    # The baselines are what these libraries do by themselves.
    ours = {module for module in found if not module.startswith("tickcast.bench.baselines.")}
    assert ours == HELD_BY[library]


@pytest.mark.parametrize("package", ["tickcast.wire", "tickcast.publisher"])
def test_only_exact_json_is_read_and_written_by_the_standard_library(package: str) -> None:
    assert importers(within(IMPORTS, package), "json") <= {"tickcast.wire.exact_json"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_of_a_package_import_each_other_in_a_circle(package: str) -> None:
    assert cycle(read_imports(ROOT / "src", [package], typing=False)) == []


def test_the_environment_is_read_by_the_settings_alone() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package.partition(".")[2]).rglob("*.py")]
    readers = {
        str(path.relative_to(ROOT))
        for path in files
        if re.search(r"\b(environb?|getenv|putenv)\b\s*[\[(.),]|import.*\benviron", path.read_text("utf-8"))
    }
    assert readers == SEES_ENVIRONMENT


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    sources = {
        "low/__init__.py": "",
        "low/clean.py": "import json\nfrom . import ring_a",
        "low/late.py": "def work():\n    from high.top import thing",
        "low/ring_a.py": "from low.ring_b import name",
        "low/ring_b.py": "from .ring_c import name",
        "low/ring_c.py": "from low import ring_a",
        "high/__init__.py": "",
        "high/top.py": "import redis.asyncio as client\nimport low.clean\nimport high.next",
        "high/next.py": "import typing, redislike\nif typing.TYPE_CHECKING:\n    import high.top",
    }
    for name, text in sources.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_the_checks_find_what_is_wrong_in_made_up_packages(toy: Path) -> None:
    imports = read_imports(toy, ["low", "high"])
    assert strays(imports, "low", {"low"}, ["low", "high"]) == {"low.late"}
    assert strays(imports, "high", {"low", "high"}, ["low", "high"]) == set()
    assert importers(imports, "redis") == {"high.top"}
    assert set(cycle(within(imports, "low"))) == {"low.ring_a", "low.ring_b", "low.ring_c"}
    assert set(cycle(within(imports, "high"))) == {"high.top", "high.next"}
    assert cycle(read_imports(toy, ["high"], typing=False)) == []
