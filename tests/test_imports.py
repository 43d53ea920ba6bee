"""The direction of imports, as the docs promise it: it is what keeps the rooms apart."""

import re
from pathlib import Path

import pytest

from tests.support.imports import Imports, cycle, importers, read_imports, within
from tests.support.rooms import HOUSES, ROOMS, arrows, circle, homeless, lies_in, module, strays

ROOT = Path(__file__).parent.parent
PACKAGES = [module(house) for house in HOUSES]
IMPORTS = read_imports(ROOT / "src", PACKAGES)
ARROWS = arrows(ROOMS)

# A library is met in few places, so that it can be replaced, and its releases followed, there.
HELD_BY = {
    "aiokafka": {"tickcast.publisher.sources.kafka_link"},
    "nats": {"tickcast.publisher.sources.nats"},
    "websockets": {"tickcast.publisher.sources.exchanges.socket"},
    "redis": {"tickcast.runtime.redis"},
    "uvicorn": {
        "tickcast.gateway.server",
        "tickcast.gateway.transport.held_flow",
        "tickcast.gateway.transport.stock_takeover",
        "tickcast.gateway.transport.takeover",
        "tickcast.publisher.http.server",
    },
    "starlette": {
        "tickcast.gateway.http.answers",
        "tickcast.gateway.http.app",
        "tickcast.gateway.http.authorizers",
        "tickcast.gateway.http.descriptions",
        "tickcast.gateway.http.endpoints",
        "tickcast.gateway.http.gate",
        "tickcast.gateway.http.requests",
        "tickcast.gateway.http.stream",
        "tickcast.gateway.mounted.mount",
        "tickcast.gateway.mounted.mounted",
    },
}

# Settings come through pydantic-settings, which clients lack; the bench cleans what its children inherit.
SEES_ENVIRONMENT = {"bench/process.py", "client/settings.py"}


def outside(imports: Imports, library: str, holders: set[str]) -> set[str]:
    """Return the modules that import a library outside of the modules and packages that hold it."""
    return {name for name in importers(imports, library) if not any(lies_in(name, each) for each in holders)}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may_know_also_for_types(room: str) -> None:
    assert strays(IMPORTS, module(room), {module(other) for other in ARROWS[room]}) == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_exists_and_each_of_its_arrows_is_used(room: str) -> None:
    assert (ROOT / room).exists()
    names = set().union(*within(IMPORTS, module(room)).values())
    whole = {"gateway/gateway.py", "gateway/http", "gateway/server.py"}
    unused = {other for other in ARROWS[room] if not any(lies_in(name, module(other)) for name in names)}
    assert room in whole or unused == set()


def test_every_module_lies_in_a_room() -> None:
    assert homeless(IMPORTS, {module(room) for room in ROOMS}) == set()


def test_no_rooms_may_import_each_other_in_a_circle() -> None:
    assert circle(ARROWS) == []


@pytest.mark.parametrize("typing", [False, True])
def test_no_modules_import_each_other_in_a_circle_neither_to_run_nor_for_types(typing: bool) -> None:
    assert cycle(read_imports(ROOT / "src", PACKAGES, typing)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_no_tests(package: str) -> None:
    assert importers(within(IMPORTS, package), "tests") == set()


@pytest.mark.parametrize("library", HELD_BY)
def test_a_library_is_imported_only_where_it_is_held(library: str) -> None:
    # The baselines are what these libraries do by themselves.
    assert outside(IMPORTS, library, {*HELD_BY[library], "tickcast.bench.baselines"}) == set()
    assert {each for each in HELD_BY[library] if not importers(within(IMPORTS, each), library)} == set()


@pytest.mark.parametrize("package", ["tickcast.wire", "tickcast.publisher"])
def test_only_exact_json_is_read_and_written_by_the_standard_library(package: str) -> None:
    assert importers(within(IMPORTS, package), "json") <= {"tickcast.wire.exact_json"}


def test_the_environment_is_read_by_the_settings_alone() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for house in HOUSES
        for path in (ROOT / house).rglob("*.py")
        if re.search(r"\b(environb?|getenv|putenv)\b\s*[\[(.),]|import.*\benviron", path.read_text("utf-8"))
    }
    assert readers == SEES_ENVIRONMENT


# The checks are shown to find each kind of offence, in packages made up for that.

TOY = {
    "low/__init__.py": "",
    "low/clean.py": "import json\nimport low.shelf.jar",
    "low/late.py": "def work():\n    from high.top import thing",
    "low/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from high.top import thing",
    "low/whole.py": "import high",
    "low/shelf/__init__.py": "",
    "low/shelf/jar.py": "",
    "low/shelf/lid.py": "from ..cup import handle\nfrom low.shelf import jar",
    "low/shelf/spoon.py": "from .. import cup\nfrom ..typed import *",
    "low/cup.py": "",
    "high/__init__.py": "",
    "high/top.py": "import redis.asyncio as client\nimport low.clean",
    "high/next.py": "import typing, redislike\nif typing.TYPE_CHECKING:\n    from redis import Redis",
}


def read_toy(folder: Path, sources: dict[str, str]) -> Imports:
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, "utf-8")
    return read_imports(folder, sorted({name.split("/")[0] for name in sources}))


def test_an_import_of_a_forbidden_room_is_found_wherever_it_stands(tmp_path: Path) -> None:
    imports = read_toy(tmp_path, TOY)
    outward = {"low.late -> high.top", "low.typed -> high.top", "low.whole -> high"}
    assert strays(imports, "low", set()) == outward
    assert strays(imports, "low", {"high"}) == set()
    assert strays(imports, "low", {"high.top"}) == {"low.whole -> high"}
    assert strays(imports, "high", {"low"}) == strays(imports, "high", {"low.clean"}) == set()
    assert strays(imports, "high", {"low.shelf"}) == {"high.top -> low.clean"}


def test_a_relative_import_of_a_forbidden_room_is_found(tmp_path: Path) -> None:
    imports = read_toy(tmp_path, TOY)
    assert strays(imports, "low.shelf", {"low.typed"}) == {
        "low.shelf.lid -> low.cup",
        "low.shelf.spoon -> low.cup",
    }
    assert strays(imports, "low.shelf", {"low.cup"}) == {"low.shelf.spoon -> low.typed"}


def test_a_module_without_a_room_is_found(tmp_path: Path) -> None:
    imports = read_toy(tmp_path, TOY)
    assert homeless(imports, {"low", "high"}) == set()
    assert homeless(imports, {"low.shelf", "low.clean", "low.cup", "low.whole", "high.top"}) == {
        "low.late",
        "low.typed",
        "high.next",
    }


def test_a_library_outside_of_its_holders_is_found(tmp_path: Path) -> None:
    imports = read_toy(tmp_path, TOY)
    assert outside(imports, "redis", set()) == {"high.top", "high.next"}
    assert outside(imports, "redis", {"high.top"}) == {"high.next"}
    assert outside(imports, "redis", {"high"}) == set()


RINGS = {
    "of three modules": {
        "low/a.py": "from low.b import name",
        "low/b.py": "from .c import name",
        "low/c.py": "from low import a",
    },
    "inside of functions": {"low/a.py": "import low.b", "low/b.py": "def work():\n    import low.a"},
    "over two packages": {"low/a.py": "import high.b", "high/b.py": "from low.a import name"},
}
TYPED_RING = {
    "low/a.py": "import low.b",
    "low/b.py": "import typing\nif typing.TYPE_CHECKING:\n    from low.a import name",
}


@pytest.mark.parametrize("ring", RINGS)
def test_a_circle_of_modules_is_found(tmp_path: Path, ring: str) -> None:
    read_toy(tmp_path, RINGS[ring])
    packages = sorted({name.split("/")[0] for name in RINGS[ring]})
    for typing in (False, True):
        assert len(set(cycle(read_imports(tmp_path, packages, typing)))) == len(RINGS[ring])


def test_a_circle_for_types_alone_is_found(tmp_path: Path) -> None:
    assert set(cycle(read_toy(tmp_path, TYPED_RING))) == {"low.a", "low.b"}
    assert cycle(read_imports(tmp_path, ["low"], typing=False)) == []


def test_a_circle_of_rooms_is_found_also_over_a_part_of_a_room() -> None:
    houses = ("low", "high")
    assert circle(arrows({"low": "", "high/attic": "roof.py low", "high/roof.py": "low"}, houses)) == []
    assert circle(arrows({"low": "high/attic", "high/attic": "low"}, houses)) != []
    assert circle(arrows({"high/attic": "roof", "high/roof": "attic/box.py"}, houses)) != []
