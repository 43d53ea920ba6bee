"""A user's own source: the very blocks of docs/sources.md, installed as a project and found by name."""

import importlib
import re
import subprocess
import sys
import tomllib
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support.snippets import block
from tickcast import publisher
from tickcast.publisher import SourceError, SourceOptions, SourceTick, check_tick
from tickcast.publisher.source import load_source, source_names

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sources.md"


SOURCE = block("docs/sources.md", "Your own source", 0)
PROJECT = block("docs/sources.md", "Your own source", 1)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the project of the docs the way pip does: a module and its dist-info on sys.path."""
    (tmp_path / "coins.py").write_text(SOURCE, "utf-8")
    points = tomllib.loads(PROJECT)["project"]["entry-points"]
    folder = tmp_path / "tickcast_coins-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: tickcast-coins\nVersion: 1.0\n")
    text = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in names.items())
        for group, names in points.items()
    )
    (folder / "entry_points.txt").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "coins", raising=False)
    importlib.invalidate_caches()
    return tmp_path


async def test_the_source_of_the_docs_is_found_by_name_and_runs(installed: Path) -> None:
    last = {"HEADS": SourceTick("HEADS", 1, "555.00"), "AAPL": SourceTick("AAPL", 1, "1")}
    options = SourceOptions(rate=1000, seed=1, last=last)
    ticks: list[SourceTick] = []
    async with aclosing(load_source("coins")(options).__aiter__()) as lists:
        async for some in lists:
            ticks += some
            if len(ticks) >= 20:
                break

    assert "coins" in source_names()
    assert {tick.symbol for tick in ticks} == {"HEADS", "TAILS"}
    assert all(check_tick(tick) is tick for tick in ticks)
    assert ticks[0].price in ("554.99", "555.01")


def test_the_docs_list_every_public_name() -> None:
    [table] = re.findall(
        r"^\| name \| what it is \|\n(.*?)\n\n", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    first_cells = "".join(row.split("|")[1] for row in table.splitlines())

    assert set(re.findall(r"`(\w+)`", first_cells)) == set(publisher.__all__)


def test_the_source_of_the_docs_imports_public_names_alone() -> None:
    imported = re.findall(r"^(?:from|import) (tickcast\S*)", SOURCE, re.MULTILINE)

    assert imported == ["tickcast.publisher"]


def test_what_a_source_imports_loads_no_library() -> None:
    code = (
        "import sys, tickcast.publisher;"
        "print(sorted({'redis', 'numpy', 'pydantic', 'structlog', 'prometheus_client'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_the_source_of_the_docs_is_about_twenty_lines() -> None:
    code = [line for line in SOURCE.splitlines() if line.strip()]

    assert len(code) <= 20


def test_a_source_that_cannot_be_loaded_says_so(installed: Path) -> None:
    (installed / "coins.py").write_text("import nowhere_to_be_found\n")

    with pytest.raises(SourceError, match="source 'coins' cannot be loaded: ModuleNotFoundError"):
        load_source("coins")


def test_an_unknown_source_is_told_which_there_are() -> None:
    with pytest.raises(
        SourceError,
        match=r"no source is called 'tape'; there are: binance, coinbase, inbox, kafka, kraken, nats, "
        "replay, simulated, stdin",
    ):
        load_source("tape")
