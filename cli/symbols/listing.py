"""Draws the symbols of a feed: a table on a terminal, lines of JSON in a pipe."""

import sys
from collections.abc import Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

COLUMNS = ("symbol", "name", "currency", "tick size", "reference", "last price", "source", "state")
NUMBERS = {"tick size", "reference", "last price"}
SOURCES = {"sim": "simulated", "rec": "recorded", "": ""}


def print_symbols(held: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Print (newest tick, instrument) of each symbol, both as JSON or empty."""
    rows = [_merged(symbol, *jsons) for symbol, jsons in held.items()]
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
        sys.stdout.buffer.flush()
        return
    table = Table(box=None, pad_edge=False)
    for title in COLUMNS:
        table.add_column(title, justify="right" if title in NUMBERS else "left")
    for row in rows:
        source = SOURCES.get(row.get("src", ""), row.get("src"))
        texts = [row["S"], *(row.get(field, "") for field in ("name", "ccy", "tick", "ref", "p"))]
        table.add_row(*map(str, (*texts, source, row.get("state", "live"))))
    console = Console()
    console.print(table)
    console.print(f"{len(rows)} symbols")


def _merged(symbol: str, tick: bytes, instrument: bytes) -> dict[str, Any]:
    """Return the instrument, and price and source of the newest tick."""
    found: dict[str, Any] = {"S": symbol}
    for json, fields in (
        (instrument, ("name", "tick", "ref", "ccy", "state", "since")),
        (tick, ("p", "q", "t", "src")),
    ):
        try:
            held = orjson.loads(json) if json else {}
        except ValueError:
            continue  # another program wrote it
        if isinstance(held, dict):
            found |= {field: held[field] for field in fields if field in held}
    return found
