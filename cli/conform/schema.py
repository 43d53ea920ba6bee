"""Whether a value is as a JSON Schema says, for the part of JSON Schema that our schemas use. Pure.

A validator of all of JSON Schema would be one more dependency of the command line. A test holds this one to
such a validator, and to every keyword that a schema of an event has.
"""

import re
from collections.abc import Mapping
from typing import Any

from tickcast.gateway.protocol.event_schemas import EVENT_SCHEMAS, HELD

KEYWORDS = frozenset(
    {"$ref", "type", "const", "enum", "pattern", "minLength", "minimum", "minItems", "items", "required"}
    | {"properties"}
)
"""What is checked."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SCHEMAS = {**HELD, **EVENT_SCHEMAS}


def fault(value: Any, schema: Mapping[str, Any], at: str = "data") -> str:
    """Return the first difference from a schema, in words; empty if there is none."""
    if "$ref" in schema:
        return fault(value, _SCHEMAS[schema["$ref"].rpartition("/")[2]], at)
    if found := _own_fault(value, schema):
        return f"{at} {found}"
    if isinstance(value, dict):
        return _member_fault(value, schema, at)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return f"{at} is empty"
        items = schema.get("items", {})
        return next(
            (words for n, each in enumerate(value) if (words := fault(each, items, f"{at}[{n}]"))), ""
        )
    return ""


def _own_fault(value: Any, schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"is {value!r:.60} and no {' or '.join(kinds)}"
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if allowed is not None and not any(type(value) is type(each) and value == each for each in allowed):
        return f"is {value!r:.60}; allowed are {', '.join(map(str, allowed))}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"is {value!r:.60}, which is of another form than {schema['pattern']}"
        if len(value) < schema.get("minLength", 0):
            return "is empty"
    if "minimum" in schema and _is(value, "number") and value < schema["minimum"]:
        return f"is {value} and below {schema['minimum']}"
    return ""


def _member_fault(value: dict[str, Any], schema: Mapping[str, Any], at: str) -> str:
    lacking = [name for name in schema.get("required", ()) if name not in value]
    if lacking:
        return f"{at} lacks {', '.join(lacking)}"
    for name, member in schema.get("properties", {}).items():
        if name in value and (words := fault(value[name], member, f"{at}.{name}")):
            return words
    return ""


def _is(value: Any, kind: str) -> bool:
    # To Python, true is an integer.
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
