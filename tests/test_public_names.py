"""The public names of the package: docs/python.md lists exactly the names in `__all__`."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
SECTIONS = re.split(r"^## `(.+)`$", PAGE, flags=re.MULTILINE)
LISTED = {
    module: sorted(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    for module, text in zip(SECTIONS[1::2], SECTIONS[2::2], strict=True)
}
"""The names that the page lists, by module."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of each module in the package."""
    source = ROOT / "src"
    folders = [source / "tickcast", *(path for path in (source / "tickcast").iterdir() if path.is_dir())]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), ast.parse(path.read_text("utf-8"))


def test_only_the_modules_of_the_page_have_an_all() -> None:
    found = {
        name
        for name, tree in modules()
        if any(isinstance(node, ast.Name) and node.id == "__all__" for node in ast.walk(tree))
    }
    assert found == LISTED.keys()


@pytest.mark.parametrize("module", LISTED)
def test_the_page_lists_each_public_name_once_and_no_other(module: str) -> None:
    assert LISTED[module] == sorted(importlib.import_module(module).__all__)


@pytest.mark.parametrize("module", LISTED)
def test_each_public_name_says_what_it_is_for(module: str) -> None:
    imported = importlib.import_module(module)
    public = [getattr(imported, name) for name in imported.__all__]
    ours = [each for each in public if inspect.isclass(each) or inspect.isfunction(each)]
    assert [each.__name__ for each in ours if not (each.__doc__ or "").strip()] == []


@pytest.mark.parametrize("module", LISTED)
def test_importing_a_public_module_loads_the_standard_library_alone(module: str) -> None:
    code = f"import sys; old = set(sys.modules); import {module}; print(*(set(sys.modules) - old))"
    loaded = subprocess.check_output([sys.executable, "-P", "-c", code], text=True, timeout=60).split()
    others = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert others == {"tickcast"}


def test_the_examples_of_the_docs_use_public_names_only() -> None:
    used = set()
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for code in re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("tickcast"):
                    used |= {(str(node.module), alias.name) for alias in node.names}
                elif isinstance(node, ast.Import):
                    used |= {(alias.name, "") for alias in node.names if alias.name.startswith("tickcast")}
    assert used
    assert [(module, name) for module, name in used if name and name not in LISTED.get(module, [])] == []
    assert [module for module, name in used if not name and module not in LISTED] == []
