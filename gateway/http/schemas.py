"""JSON Schemas of the API's documents. Pure data."""

from typing import Any

from tickcast.gateway.streams.patch import MEMBERS
from tickcast.wire.bar import ALL_INTERVALS, INTERVALS
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.notice import STATES
from tickcast.wire.symbol import PATTERN as SYMBOL
from tickcast.wire.symbol import PREFIX
from tickcast.wire.tick import SRC

Schema = dict[str, Any]

ENTRY = rf"({SYMBOL}|({PREFIX})?\*)"
LIST = rf"^ *{ENTRY}? *(, *{ENTRY}? *)*$"
"""A comma list of symbols and prefixes; empty parts are ignored."""

TIME = {"type": "integer", "minimum": 0, "description": "µs since the epoch"}
COUNT = {"type": "integer", "minimum": 0}
PRICE = {"type": "number"}
TEXT = {"type": "string"}


def of(**properties: Schema) -> Schema:
    """Return the schema of an object that has all these `properties`."""
    return {"type": "object", "properties": properties, "required": [*properties]}


def list_of(items: Schema) -> Schema:
    """Return the schema of an array of `items`."""
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    """Return a reference to the schema `name` of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def _text(field: str, description: str) -> Schema:
    return {**TEXT, "maxLength": MAX_TEXT[field], "description": description}


def _entries(description: str) -> Schema:
    return {"type": "array", "items": {"type": "string", "pattern": f"^{ENTRY}$"}, "description": description}


SCHEMAS: dict[str, Schema] = {
    "Problem": {
        **of(title=TEXT, status={"type": "integer"}, detail=TEXT),
        "description": "RFC 9457: what was wrong, and what is allowed",
    },
    "Tick": {
        "type": "object",
        "required": ["S", "q", "t", "p"],
        "properties": {
            "S": {**TEXT, "description": "symbol"},
            "q": {**COUNT, "description": "sequence of this symbol: 1 more than in the tick before"},
            "t": {**TIME, "description": "source time, µs since the epoch"},
            "p": {**PRICE, "description": "last price"},
            "s": {**PRICE, "description": "its size"},
            "bp": {**PRICE, "description": "best bid"},
            "bs": {**PRICE, "description": "its size"},
            "ap": {**PRICE, "description": "best ask"},
            "as": {**PRICE, "description": "its size"},
            "v": {**PRICE, "description": "volume of the day"},
            "src": {"enum": [*SRC], "description": "simulated, or played from a recording; real without it"},
        },
    },
    "Snapshot": of(
        cursor={**TEXT, "description": "good for `lastEventId`"},
        epoch={**TEXT, "description": "12 hexadecimal digits; another one: forget all older ticks"},
        ticks=list_of(ref("Tick")),
    ),
    "Instrument": {
        "type": "object",
        "required": ["S", "name", "tick", "ref", "ccy", "state"],
        "properties": {
            "S": TEXT,
            "name": _text("name", "to show"),
            "tick": PRICE,
            "ref": PRICE,
            "ccy": _text("ccy", "currency"),
            "session": _text("session", "trading hours"),
            "tz": _text("tz", "IANA name of the time zone of the session"),
            "given": {**PRICE, "description": "the reference of the source, where `ref` is a later close"},
            "fixed": {
                "type": "boolean",
                "description": "a producer gave the tick size: prices are rounded to it",
            },
            "src": {"enum": [*SRC], "description": "simulated, or played from a recording; real without it"},
            "state": {"enum": [*STATES]},
            "since": {**TIME, "description": "since when it is in this state, µs since the epoch"},
        },
    },
    "Bar": {
        "type": "object",
        "required": ["S", "i", "t", "o", "h", "l", "c", "n", "q"],
        "properties": {
            "S": TEXT,
            "i": {"enum": [*ALL_INTERVALS]},
            "t": {**TIME, "description": "start of the bar"},
            **dict.fromkeys(("o", "h", "l", "c", "v"), PRICE),
            "n": {**COUNT, "description": "ticks in it"},
            "q": {**COUNT, "description": "sequence of its last tick"},
        },
    },
    "Bars": of(S=TEXT, i={"enum": [*ALL_INTERVALS]}, bars=list_of(ref("Bar"))),
    "Change": {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(
            zip(
                MEMBERS,
                (
                    _entries("symbols, and prefixes with `*`, to add"),
                    _entries("entries to drop, before any is added"),
                    {**list_of({"enum": [*INTERVALS]}), "description": "bars from now on"},
                    {
                        "anyOf": [_entries("whose bars"), {"type": "null"}],
                        "description": "whose bars from now on; null: those of the stream's own symbols",
                    },
                ),
                strict=True,
            )
        ),
    },
    "Changed": of(stream=TEXT, symbols={**list_of(TEXT), "description": "the whole new list"}),
    "Health": of(status={"const": "ok"}, gateway=TEXT),
    "Readiness": of(ready={"type": "boolean"}, gateway=TEXT, feed={"enum": ["live", "stale"]}, reason=TEXT),
}
