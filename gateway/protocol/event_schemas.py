"""A JSON Schema for the data of every event of a stream, and for what they hold. Pure data.

The one description for machines: OpenAPI, AsyncAPI, the tests of live streams and `tickcast conform` read it.
Members that a schema does not name are allowed, because clients ignore them; so new ones break nobody.
"""

from typing import Any

from tickcast.gateway.protocol.events import VERSION
from tickcast.gateway.protocol.interval import INTERVALS as GRANTED
from tickcast.wire.bar import ALL_INTERVALS, INTERVALS
from tickcast.wire.notice import REASONS, STATES, UNKNOWN
from tickcast.wire.symbol import PATTERN as SYMBOL
from tickcast.wire.tick import SRC

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
PRICE: Schema = {"type": "number"}
NAME: Schema = {"type": "string", "pattern": f"^{SYMBOL}$", "description": "symbol"}
TIME: Schema = {**COUNT, "description": "µs since the epoch"}
MS: Schema = {**COUNT, "description": "ms"}
CURSOR: Schema = {
    "type": "string",
    "pattern": "^[!-~]{1,256}$",
    "description": "opaque; good for `lastEventId`",
}
EPOCH: Schema = {
    "type": "string",
    "pattern": "^[0-9a-f]{12}$",
    "description": "all that follows belongs to it",
}
FEED: Schema = {"enum": ["live", "stale"]}
AGE: Schema = {
    "type": ["integer", "null"],
    "minimum": 0,
    "description": "ms since the newest batch of ticks; null: none is known",
}
ENTRIES: Schema = {"type": "array", "items": TEXT}


def of(**properties: Schema) -> Schema:
    """Return the schema of an object that has all these `properties`."""
    return {"type": "object", "properties": properties, "required": [*properties]}


def with_optional(schema: Schema, **properties: Schema) -> Schema:
    """Return the schema of an object that may have these `properties` as well."""
    return {**schema, "properties": {**schema["properties"], **properties}}


def ref(name: str) -> Schema:
    """Return a reference to the schema `name`, as OpenAPI and AsyncAPI both keep it."""
    return {"$ref": f"#/components/schemas/{name}"}


HELD: dict[str, Schema] = {
    "Tick": with_optional(
        of(
            S=NAME,
            q={**COUNT, "description": "sequence of this symbol: 1 more than in the tick before"},
            t={**TIME, "description": "source time, µs since the epoch"},
            p={**PRICE, "description": "last price"},
        ),
        **{
            "s": {**PRICE, "description": "its size"},
            "bp": {**PRICE, "description": "best bid"},
            "bs": {**PRICE, "description": "its size"},
            "ap": {**PRICE, "description": "best ask"},
            "as": {**PRICE, "description": "its size"},
            "v": {**PRICE, "description": "volume of the day"},
            "src": {"enum": [*SRC], "description": "simulated, or played from a recording; real without it"},
        },
    ),
    "Bar": with_optional(
        of(
            S=NAME,
            i={"enum": [*ALL_INTERVALS]},
            t={**TIME, "description": "start of the bar"},
            **dict.fromkeys(("o", "h", "l", "c"), PRICE),
            n={**COUNT, "description": "ticks in it"},
            q={**COUNT, "description": "sequence of its last tick"},
        ),
        v=PRICE,
    ),
}
"""What events and answers hold, by name."""

TICKS: Schema = {"type": "array", "items": ref("Tick")}

EVENTS: dict[str, Schema] = {
    "hello": with_optional(
        of(
            stream={**TEXT, "minLength": 1, "description": "id for PATCH; keep it secret"},
            gateway=TEXT,
            name={**TEXT, "description": "of the feed"},
            version={"const": VERSION},
            interval={"enum": [0, *GRANTED], "description": "ms, granted; 0 is every tick"},
            symbols={**COUNT, "description": "symbols that the list matches now"},
            heartbeat={"type": "integer", "minimum": 1, "description": "ms of silence before a `heartbeat`"},
            t=TIME,
            epoch=EPOCH,
            feed=FEED,
            resumed={"enum": ["new", "live", "replayed", "reset"]},
            replayed={**COUNT, "description": "events that are replayed"},
            retry={**MS, "description": "ms, that of the `retry:` line"},
        ),
        bars={"type": "array", "items": {"enum": [*INTERVALS]}},
        delay={**MS, "description": "ms by which all prices are late"},
        case={"const": "keep"},
        rights={**TEXT, "description": "a digest of what the token allows"},
        source={**TEXT, "description": "of the publisher, such as `simulated`"},
    ),
    "snapshot": {**TICKS, "description": "the newest tick of each symbol; may come in several events"},
    "tick": ref("Tick"),
    "ticks": {**TICKS, "minItems": 1, "description": "with `format=array`"},
    "bar": ref("Bar"),
    "gap": of(
        reason={"enum": ["slow", "retention", "feed"]},
        **{"from": CURSOR},
        to=CURSOR,
        epoch=EPOCH,
    ),
    "symbols": of(symbols=COUNT, added=ENTRIES, dropped=ENTRIES),
    "retired": of(
        S={"type": "array", "minItems": 1, "items": NAME},
        reason={"enum": [*REASONS, UNKNOWN]},
    ),
    "state": of(S=NAME, state={"enum": [*STATES]}, since=TIME),
    "status": with_optional(of(feed=FEED, age=AGE), reason=TEXT),
    "heartbeat": of(t=TIME, feed=FEED, age=AGE),
    "bye": of(
        reason={"enum": ["drain", "max_age", "overload", "expired", "revoked", "slow"]},
        retry={**MS, "description": "ms to wait; that of the `retry:` line"},
    ),
}
"""Event -> schema of its data. Clients ignore events that stand not here."""


def schema_name(event: str) -> str:
    """Return the name under which the data of an event is described."""
    return f"{event.capitalize()}Event"


EVENT_SCHEMAS: dict[str, Schema] = {schema_name(event): schema for event, schema in EVENTS.items()}
"""Name -> schema of the data of each event."""


def item(event: str) -> Schema:
    """Return the schema of one event as OpenAPI 3.2 sees an item of an event stream: its parsed fields."""
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"const": event},
            "data": {
                **TEXT,
                "contentMediaType": "application/json",
                "contentSchema": ref(schema_name(event)),
            },
            "id": CURSOR,
            "retry": {"type": "integer", "minimum": 0},
        },
    }


STREAM_ITEM: Schema = {"oneOf": [item(event) for event in EVENTS]}
"""The schema of any event of a stream."""
