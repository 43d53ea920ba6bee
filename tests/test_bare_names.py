"""Code names our modules as parts of `tickcast`: a bare `gateway` is another package, or none."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SUBPACKAGES = sorted(path.name for path in (ROOT / "src" / "tickcast").iterdir() if path.is_symlink())
_BARE = rf"(?:{'|'.join(SUBPACKAGES)})\b(?![/-])"
_MODULES = r"(?:[\w.]+(?:[ ]as[ ]\w+)?,[ ]*)*"
NAMED_BARE = re.compile(
    rf"""\bfrom[ ]+{_BARE}[\w.]*[ ]+import\b        # in strings and in code blocks of the docs
    | (?:^|[;"'>`])\s*import[ ]+{_MODULES}{_BARE}
    | \bpython[\w.]*[ ](?:-\w[ ])*-m[ ]*{_BARE}
    | ["']-m["'],\s*f?["']{_BARE}                   # as a list of arguments
    | \b(?:import_module|find_spec|setattr|patch|spawn)\(\s*f?["']{_BARE}\.
    """,
    re.VERBOSE | re.MULTILINE,
)


def bare_names(text: str, python: bool) -> Iterator[str]:
    """Yield the places in `text` that name one of our subpackages without `tickcast`."""
    yield from (match[0].strip() for match in NAMED_BARE.finditer(text))
    for node in ast.walk(ast.parse(text)) if python else ():
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
        else:
            continue
        if set(SUBPACKAGES) & {module.partition(".")[0] for module in modules}:
            yield ast.unparse(node)


def test_every_file_names_our_modules_as_parts_of_tickcast() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    found = {}
    for path in (ROOT / name for name in listing.split("\0")):
        # This file holds examples of what it finds.
        if not path.is_file() or path == Path(__file__):
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        if bare := list(bare_names(text, path.suffix == ".py")):
            found[str(path.relative_to(ROOT))] = bare
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "import gateway",
        "import os, cli.main as program",
        "def f():\n    from wire.batch import decode_batch",
        'CODE = "import sys, cli.main; print(1)"',
        'PROGRAM = """\nfrom publisher import Source\n"""',
        'argv = [sys.executable, "-m", "bench.floor"]',
        'argv = [executable, "-m", f"bench.baselines.{name}"]',
        'monkeypatch.setattr("gateway.server.run", None)',
    ],
)
def test_a_bare_name_in_python_is_found(text: str) -> None:
    assert list(bare_names(text, python=True)) != []


@pytest.mark.parametrize(
    "text",
    [
        "```python\nfrom publisher import Source\n```",
        "    import wire",
        "Run `python -m gateway.server` for that.",
        "python3.12 -P -m bench.floor 1 2",
        "`import wire`",
    ],
)
def test_a_bare_name_in_another_file_is_found(text: str) -> None:
    assert list(bare_names(text, python=False)) != []


@pytest.mark.parametrize(
    "text",
    [
        "from tickcast.gateway import server\nfrom . import cli\nimport webbrowser",
        "import tickcast.wire.batch as wire",
        'argv = [sys.executable, "-m", "tickcast.bench.floor"]',
        '"""The way from gateway to client; cli and bench import no gateway."""',
        'PATH = "gateway/server.py"',
    ],
)
def test_what_is_no_bare_name_is_let_be(text: str) -> None:
    assert list(bare_names(text, python=True)) == []
