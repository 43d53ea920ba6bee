"""The description of what comes unasked, AsyncAPI 3.0: the events of a stream, and a feed in Redis.

https://www.asyncapi.com/docs/reference/specification/v3.0.0. Pure data, of the same schemas as OpenAPI. Keys,
inbox and batches are docs/architecture.md (In Redis) and docs/inbox.md for machines.
"""

from typing import Any

from tickcast.gateway.protocol.event_schemas import (
    COUNT,
    CURSOR,
    EVENT_SCHEMAS,
    EVENTS,
    HELD,
    NAME,
    PRICE,
    TEXT,
    TIME,
    of,
    ref,
    schema_name,
    with_optional,
)
from tickcast.gateway.protocol.events import VERSION
from tickcast.wire import batch
from tickcast.wire.bounds import (
    MAX_ENTRY_BYTES,
    MAX_ENTRY_LINES,
    MAX_PARTITIONS,
    MAX_PRODUCER_LENGTH,
    MAX_REJECTS,
    MAX_TEXT,
)
from tickcast.wire.names import FEED, FeedNames
from tickcast.wire.notice import STATES
from tickcast.wire.symbol import PATTERN

Document = dict[str, Any]

_LINE = rf"{PATTERN}\t\{{[ -~]*\}}\n"
_ID = "[0-9]+-[0-9]+"
_NAMES = FeedNames("main")

BATCH: Document = {
    **TEXT,
    "pattern": rf"^{batch.VERSION} [0-9a-f]{{16}} {_ID} {_ID} [0-9]+ [0-9]+ [0-9]+ [0-9]+\n({_LINE})*$",
    "description": "A header, `VERSION EPOCH ID PREV SENT TICKS BARS NOTICES`, and so many lines of each, "
    "`SYMBOL<TAB>JSON`. PREV is the ID of the batch before: a reader proves by it that it missed none. "
    "ID and PREV are the same in a heartbeat, which comes once a second and is not logged.",
}

_LINES = {**TEXT, "maxLength": MAX_ENTRY_BYTES}

REDIS_SCHEMAS: dict[str, Document] = {
    "Batch": BATCH,
    "LogEntry": of(b={**BATCH, "description": "The batch, the same bytes as in the channel."}),
    "InboxEntry": {
        "type": "object",
        "description": f"Fields of an XADD, taken in this order; at most {MAX_ENTRY_LINES} lines and "
        f"{MAX_ENTRY_BYTES} bytes. A wrong line goes to the rejects, and stops nothing else.",
        "additionalProperties": False,
        "properties": {
            "i": {**_LINES, "description": "lines of `Description`, LF between"},
            "d": {**_LINES, "description": "lines of `HandedTick`, LF between"},
            "h": {**_LINES, "description": "lines of `HandedState`, LF between"},
            "r": {**_LINES, "description": "symbols to retire, LF between"},
            "by": {**TEXT, "maxLength": MAX_PRODUCER_LENGTH, "description": "id of the producer"},
            "n": {**TEXT, "pattern": "^[0-9]{1,16}$", "description": "grows; one not larger is a repetition"},
            "c": {**TEXT, "pattern": "^[0-9]+$", "description": "written by hand_in.lua alone"},
        },
    },
    "Description": with_optional(
        of(S=NAME),
        name={**TEXT, "maxLength": MAX_TEXT["name"]},
        tick={"type": "number", "exclusiveMinimum": 0, "description": "tick size"},
        ref={**PRICE, "description": "reference price"},
        ccy={**TEXT, "maxLength": MAX_TEXT["ccy"]},
        session={**TEXT, "maxLength": MAX_TEXT["session"]},
        tz={**TEXT, "maxLength": MAX_TEXT["tz"]},
    ),
    "StoredInstrument": with_optional(
        of(S=NAME, name=TEXT, tick=PRICE, ref=PRICE, ccy=TEXT),
        session=TEXT,
        tz=TEXT,
        given={**PRICE, "description": "the reference of the source, where `ref` is a later close"},
        fixed={"type": "boolean", "description": "a producer gave the tick size: prices are rounded to it"},
        state={"enum": [*STATES]},
        since=TIME,
    ),
    "HandedTick": with_optional(
        of(S=NAME, p=PRICE),
        t={**TIME, "description": "µs since the epoch; without it the time of the entry counts"},
        **dict.fromkeys(("s", "bp", "bs", "ap", "as", "v"), PRICE),
    ),
    "HandedState": of(S=NAME, state={"enum": [*STATES]}),
    "Reject": of(t=TIME, id={**TEXT, "pattern": f"^{_ID}$"}, by=TEXT, line=TEXT, reason=TEXT),
    "Meta": with_optional(
        of(epoch={**TEXT, "pattern": "^[0-9a-f]{16}$"}, id={**TEXT, "pattern": f"^{_ID}$"}),
        partitions={**TEXT, "pattern": "^[0-9]{1,4}$", "description": "of the feed; in partition 0"},
        case={"enum": ["upper", "keep"]},
    ),
}
"""What stands in Redis, by name. A hash or an entry is an object of its fields, each of them text."""


def describe_async(max_symbols: int, prefix: str = "") -> Document:
    """Return the description of the stream of a gateway under a prefix, and of the feed in Redis.

    A stream may name `max_symbols` symbols.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tickcast",
            "version": str(VERSION),
            "description": "Live prices: the events of a stream, and the contract of a feed in Redis.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "gateway": {
                "host": "localhost:8080",
                "protocol": "http",
                **({"pathname": prefix} if prefix else {}),
                "description": "any gateway, or the proxy in front of them",
            },
            "redis": {"host": "localhost:6379", "protocol": "redis", "description": "the Redis of the feed"},
        },
        "channels": {"stream": _stream(), **_redis_channels()},
        "operations": _operations(max_symbols),
        "components": {
            "schemas": {**HELD, **EVENT_SCHEMAS, **REDIS_SCHEMAS},
            "messages": {**{event: _event(event) for event in EVENTS}, **_redis_messages()},
        },
    }


def _stream() -> Document:
    return {
        "address": "/v1/stream",
        "title": "A stream of Server-Sent Events",
        "servers": [{"$ref": "#/servers/gateway"}],
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in EVENTS},
    }


def _event(event: str) -> Document:
    return {
        "name": event,
        "title": f"The event `{event}`",
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "description": "the other fields of the event",
            "required": ["event"],
            "properties": {"event": {"const": event}, "id": CURSOR, "retry": COUNT},
        },
        "payload": ref(schema_name(event)),
    }


_TAG = _NAMES.live(0).removesuffix(":live")

_CHANNELS = {
    "live": ("live", "channel of PUBLISH, in a cluster of SPUBLISH: each batch as it is written", "Batch"),
    "log": ("log", "stream: the same batches, kept for the retention time", "LogEntry"),
    "last": ("last", "hash: symbol to its newest tick, JSON", "Tick"),
    "symbols": ("symbols", "hash: symbol to its instrument, JSON", "StoredInstrument"),
    "meta": ("meta", "hash: what is known of the log", "Meta"),
    "inbox": ("inbox", "stream: what producers hand in", "InboxEntry"),
    "rejects": ("rejects", f"list: the newest {MAX_REJECTS} refused lines", "Reject"),
}
"""Channel -> method of FeedNames that has its name, what it is, and the schema of what it holds."""


def _redis_channels() -> Document:
    return {
        name: {
            "address": "{tag}" + getattr(_NAMES, method)(0).removeprefix(_TAG),
            "title": what,
            "servers": [{"$ref": "#/servers/redis"}],
            "parameters": {
                "tag": {
                    "description": "The hash tag of a partition and its braces, `{tickcast:FEED:PARTITION}`. "
                    f"FEED is {FEED.pattern}; PARTITION is the CRC-32 (IEEE) of the symbol, modulo the "
                    f"partitions of the feed, at most {MAX_PARTITIONS}.",
                    "examples": [_TAG],
                },
            },
            "messages": {schema: {"$ref": f"#/components/messages/{schema}"}},
        }
        for name, (method, what, schema) in _CHANNELS.items()
    }


def _redis_messages() -> Document:
    texts = {"Batch"}
    return {
        schema: {
            "name": schema,
            "contentType": "text/plain" if schema in texts else "application/json",
            "payload": ref(schema),
        }
        for _, _, schema in _CHANNELS.values()
    }


def _operations(max_symbols: int) -> Document:
    query = {
        "type": "object",
        "description": f"`symbols` has at most {max_symbols} entries; /openapi.json has every parameter.",
        "properties": {"symbols": TEXT, "interval": COUNT, "lastEventId": CURSOR},
    }
    http = {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}}

    def operation(action: str, channel: str, what: str) -> Document:
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": what}

    return {
        # As AsyncAPI has it, from where Tickcast stands.
        "sendEvents": {**operation("send", "stream", "A gateway sends events"), "bindings": http},
        "sendBatches": operation("send", "live", "The publisher that leads sends batches"),
        "logBatches": operation("send", "log", "It keeps them"),
        "receiveEntries": operation("receive", "inbox", "It reads what producers hand in"),
        "sendRejects": operation("send", "rejects", "It says which lines it refused"),
    }
