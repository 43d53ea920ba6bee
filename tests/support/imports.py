"""Who imports whom, read from the source without running it."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Imports = dict[str, set[str]]
"""Module -> the full names that it imports, modules and what lies in them alike."""


def read_imports(root: Path, packages: list[str], typing: bool = True) -> Imports:
    """Return the imports of every module of `packages`, wherever in the module they stand.

    Without `typing` those under `if TYPE_CHECKING:` are left out, which never run.
    """
    found: Imports = {}
    for package in packages:
        for path in sorted(root.joinpath(*package.split(".")).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            inside = parts[:-1]
            found[name] = _imports_of(ast.parse(path.read_text("utf-8")), inside, typing)
    return found


def _imports_of(tree: ast.AST, inside: tuple[str, ...], typing: bool) -> set[str]:
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and not typing:
            continue
        names |= _imports_of(node, inside, typing)
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else ()
            origin = ".".join((*base, node.module) if node.module else base)
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def importers(imports: Imports, target: str) -> set[str]:
    """Return the modules that import `target` or anything in it."""
    return {
        module
        for module, names in imports.items()
        if any(name == target or name.startswith(f"{target}.") for name in names)
    }


def within(imports: Imports, package: str) -> Imports:
    """Return what the modules of one package import."""
    return {
        module: names
        for module, names in imports.items()
        if module == package or module.startswith(f"{package}.")
    }


def cycle(imports: Imports) -> list[str]:
    """Return the modules of an import cycle, the first one twice; an empty list if there is none."""
    graph = {module: {module_of(imports, name) for name in names} for module, names in imports.items()}
    try:
        TopologicalSorter({module: others - {"", module} for module, others in graph.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def module_of(imports: Imports, name: str) -> str:
    """Return the module, one of `imports`, that `name` is or lies in; empty if there is none."""
    while name and name not in imports:
        name = name.rpartition(".")[0]
    return name
