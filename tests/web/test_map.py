"""web/README.md is a map of web/: it has every file once, each with the noun that the file defines."""

import re
from pathlib import Path

from tests.web.node import HERE

WEB = HERE.parent.parent / "web"
ROW = re.compile(r"^\| `([\w./]+)` \| `?(\w[\w ]*)`? \|", re.MULTILINE)
SERVED = {".js", ".css", ".html", ".svg"}


def rows() -> list[tuple[str, str]]:
    """Return file and noun of each row of the map."""
    return ROW.findall((WEB / "README.md").read_text("utf-8"))


def test_every_file_is_in_the_map_once() -> None:
    files = [path.relative_to(WEB) for path in WEB.rglob("*") if path.suffix in SERVED]
    ours = [path.as_posix() for path in files if path.parts[0] not in {"node_modules", "types"}]
    assert sorted(name for name, _ in rows()) == sorted(ours)


def test_every_module_defines_the_noun_that_the_map_gives_it() -> None:
    modules = [(name, noun) for name, noun in rows() if name.endswith(".js")]
    assert len(modules) > 50
    missing = [row for row in modules if not defines(WEB / row[0], row[1])]
    assert missing == []


def test_the_walks_name_modules_that_exist() -> None:
    walks = (WEB / "README.md").read_text("utf-8").split("## Walk", 1)[1]
    names = set(re.findall(r"`([\w/]+\.js)`", walks))
    assert len(names) > 15
    assert [name for name in names if not any(WEB.rglob(name))] == []


def defines(module: Path, noun: str) -> bool:
    """Tell whether a module declares a name, or has it as a type."""
    declared = rf"\b(?:class|const|function) {noun}\b|@typedef \{{object\}} {noun}\b"
    return re.search(declared, module.read_text("utf-8")) is not None
