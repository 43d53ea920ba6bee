"""How a report is printed: as JSON, or as rich draws it."""

import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

PIPED = 400
"""Columns that a table may take in a pipe."""


def print_json(document: Any) -> None:
    """Print a document as one line of JSON."""
    import orjson

    # HTTP statuses are numbers, also as keys.
    print(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS).decode())


def print_drawn(parts: "Iterable[RenderableType]") -> None:
    """Print what rich draws. In a pipe, whose width nobody knows, no line is broken unless COLUMNS is set."""
    from rich.console import Console

    piped = not sys.stdout.isatty()
    width = shutil.get_terminal_size((PIPED, 25)).columns if piped else None
    console = Console(soft_wrap=piped, width=width)
    for part in parts:
        console.print(part)
