"""The rooms of the house, and for each the rooms that it may import: the arrows of docs/architecture.md."""

from graphlib import CycleError, TopologicalSorter

from tests.support.imports import Imports, module_of, within

_PARTS = (
    "access limits protocol store fanout ingest.py feed streams transport cluster settings.py wire runtime"
)

ROOMS = {
    "wire": "",
    "runtime": "wire",
    # An answer that says what is wrong is pure, as the room is.
    # What a symbol is stands in wire: tokens name symbols.
    "access": "wire",
    "gateway/protocol": "access/grant.py wire runtime/problem.py",
    "gateway/store": "wire runtime",
    "gateway/limits": "runtime",
    "gateway/fanout": "limits protocol store wire runtime",
    "gateway/ingest.py": "fanout store protocol wire",
    "gateway/feed": "ingest.py store wire runtime",
    "gateway/streams": "access/grant.py limits fanout feed/state.py protocol store wire runtime",
    "gateway/cluster": "access/grant.py limits protocol settings.py streams feed/client.py wire runtime",
    "gateway/transport": "streams protocol runtime/problem.py runtime/repeats.py",
    # The bounds of the contract bound the settings too; wire/bounds.py has them.
    "gateway/settings.py": "access wire runtime",
    "gateway/view.py": (
        "access/grant.py limits store fanout ingest.py feed streams settings.py wire runtime/problem.py"
    ),
    "gateway/gateway.py": f"view.py {_PARTS}",
    "gateway/http": f"gateway.py view.py {_PARTS}",
    "gateway/mounted": "gateway.py http settings.py transport runtime",
    "gateway/server.py": f"http gateway.py view.py {_PARTS}",
    "gateway/program.py": "access server.py gateway.py settings.py runtime",
    "publisher": "access wire runtime",
    "client": "wire runtime",
    "cli": (
        "access client gateway/program.py gateway/settings.py gateway/protocol/event_schemas.py publisher"
        " wire runtime"
    ),
    # The model of the bench foretells what the rests of fan-out cost.
    "bench": (
        "access cli client gateway/program.py gateway/settings.py gateway/fanout/rest.py publisher wire"
        " runtime"
    ),
}
"""Room -> rooms, each a folder or a file; a name without its house lies in the house of the room."""

HOUSES = ("access", "wire", "runtime", "gateway", "publisher", "client", "cli", "bench")


def module(path: str) -> str:
    """Return the full name of the module or package at a path from the top of the repository."""
    return ".".join(("tickcast", *path.removesuffix(".py").split("/")))


def arrows(rooms: dict[str, str], houses: tuple[str, ...] = HOUSES) -> dict[str, set[str]]:
    """Return the paths that each room may import, all of them from the top of the repository."""
    return {
        room: {
            name if name.split("/")[0] in houses else f"{room.split('/')[0]}/{name}"
            for name in allowed.split()
        }
        for room, allowed in rooms.items()
    }


def lies_in(name: str, package: str) -> bool:
    """Tell whether a module is a package, or lies in it."""
    return name == package or name.startswith(f"{package}.")


def strays(imports: Imports, room: str, allowed: set[str]) -> set[str]:
    """Return, as `MODULE -> MODULE`, each import of a room that leads to one of ours which it may not know.

    `imports` are those of all our modules; rooms are full names here.
    """
    found = set()
    for importer, names in within(imports, room).items():
        for target in {module_of(imports, name) for name in names} - {""}:
            if not any(lies_in(target, other) for other in (room, *allowed)):
                found.add(f"{importer} -> {target}")
    return found


def homeless(imports: Imports, rooms: set[str]) -> set[str]:
    """Return the modules that lie in no room, but for the `__init__` of what the rooms lie in."""
    return {
        name
        for name in imports
        if not any(lies_in(name, room) for room in rooms) and not any(lies_in(room, name) for room in rooms)
    }


def circle(allowed: dict[str, set[str]]) -> list[str]:
    """Return rooms that may import each other in a circle; an empty list if there are none."""
    rooms = {
        room: {other for name in names for other in allowed if name == other or name.startswith(f"{other}/")}
        for room, names in allowed.items()
    }
    try:
        TopologicalSorter(rooms).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
