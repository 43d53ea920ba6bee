"""JSON Schemas of the API's documents; those of events stand in `protocol/event_schemas.py`. Pure data."""

from tickcast.gateway.protocol.event_schemas import (
    EVENT_SCHEMAS,
    HELD,
    PRICE,
    TEXT,
    TIME,
    Schema,
    of,
    ref,
)
from tickcast.gateway.protocol.events import MAX_PADDING
from tickcast.gateway.protocol.interval import HEARTBEATS, MAX_HEARTBEAT, MAX_INTERVAL
from tickcast.gateway.protocol.request import FORMATS, STREAM
from tickcast.gateway.streams.patch import MEMBERS
from tickcast.wire.bar import ALL_INTERVALS, INTERVALS
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.notice import STATES
from tickcast.wire.symbol import PATTERN as SYMBOL
from tickcast.wire.symbol import PREFIX
from tickcast.wire.tick import SRC

ENTRY = rf"({SYMBOL}|({PREFIX})?\*)"
LIST = rf"^ *{ENTRY}? *(, *{ENTRY}? *)*$"
"""A comma list of symbols and prefixes; empty parts are ignored."""


def list_of(items: Schema) -> Schema:
    """Return the schema of an array of `items`."""
    return {"type": "array", "items": items}


def _text(field: str, description: str) -> Schema:
    return {**TEXT, "maxLength": MAX_TEXT[field], "description": description}


def _entries(description: str) -> Schema:
    return {"type": "array", "items": {"type": "string", "pattern": f"^{ENTRY}$"}, "description": description}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS: dict[str, Schema] = {
    "Problem": {
        **of(title=TEXT, status={"type": "integer"}, detail=TEXT),
        "description": "RFC 9457: what was wrong, and what is allowed",
    },
    **HELD,
    **EVENT_SCHEMAS,
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
            ),
        ),
    },
    "StreamQuery": {
        "type": "object",
        "additionalProperties": False,
        "description": "the parameters of a stream; null counts as missing",
        "properties": dict(
            zip(
                STREAM,
                (
                    _or_null(_entries("missing: all; an empty array: none")),
                    _or_null({"type": "integer", "minimum": 0, "maximum": MAX_INTERVAL}),
                    _or_null({"type": "boolean"}),
                    _or_null({"enum": [*FORMATS]}),
                    _or_null(list_of({"enum": [*INTERVALS]})),
                    _or_null(_entries("whose bars; allowed only with `bars`")),
                    _or_null({"type": "integer", "minimum": HEARTBEATS[0], "maximum": MAX_HEARTBEAT}),
                    _or_null({"type": "integer", "minimum": 0, "maximum": MAX_PADDING}),
                    _or_null({**TEXT, "description": "as the header `Last-Event-ID`, which wins"}),
                ),
                strict=True,
            )
        ),
    },
    "Changed": of(stream=TEXT, symbols={**list_of(TEXT), "description": "the whole new list"}),
    "Health": of(status={"const": "ok"}, gateway=TEXT),
    "Readiness": of(ready={"type": "boolean"}, gateway=TEXT, feed={"enum": ["live", "stale"]}, reason=TEXT),
}

TOKEN = {**TEXT, "description": "a new token of the stream's subject, by which the stream goes on"}
"""A member of `Change` where tokens are asked for."""
