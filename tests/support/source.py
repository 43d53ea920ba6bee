"""What a Python file defines, assigns and says, read from its source without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def defines(path: Path, name: str) -> bool:
    """Tell whether a file defines `name`: a class, function or constant; `CLASS.METHOD` is one of a class."""
    body: list[ast.stmt] = parse(path).body
    for part in name.split("."):
        found = [each for each in body if part in _names(each)]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def _names(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return {statement.name}
        case ast.Assign():
            targets = statement.targets
        case ast.AnnAssign():
            targets = [statement.target]
        case _:
            return set()
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def assigners(path: Path, attribute: str) -> set[str]:
    """Return the functions of a file, as `CLASS.METHOD`, that set or delete an attribute, by whatever way."""
    return set(_assigners(parse(path), attribute, ""))


def _assigners(tree: ast.AST, attribute: str, inside: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        within = inside
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                within = f"{inside}.{node.name}".lstrip(".")
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()) if name == attribute:
                yield inside
            case ast.Call(args=[_, ast.Constant(value=name), *_]) if name == attribute:
                if ast.unparse(node.func).endswith(("setattr", "__setattr__")):
                    yield inside
        yield from _assigners(node, attribute, within)


def texts(path: Path) -> set[bytes]:
    """Return every text of a file that is no docstring; of an f-string, its pieces."""
    tree = parse(path)
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docs:
            match node.value:
                case str(text):
                    found.add(text.encode())
                case bytes(text):
                    found.add(text)
    return found
