"""What a gateway sent, as readable text without what differs from run to run, and its comparison.

Ticks, bars and cursors stand in it byte for byte. Other documents are written as their values, with sorted
members and all digits of their numbers. Ids of streams, times, ages and reconnection times stand as `<name>`.
"""

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "gateway" / "recorded"

EXACT = {"tick", "ticks", "snapshot", "bar"}
"""Events whose data is compared byte for byte."""

CHANGING = {
    "hello": {"stream", "gateway", "t", "retry"},
    "heartbeat": {"t", "age"},
    "status": {"age"},
    "bye": {"retry"},
}
"""Members of other events that differ from run to run."""

MAX_SHOWN = 4000
"""Characters of a difference that are shown."""


def value(document: bytes, changing: Iterable[str] = ()) -> Any:
    """Return the value of a JSON document, numbers with their digits; members that change are `<name>`."""

    def unify(members: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in members}) == len(members), document
        return {name: f"<{name}>" if name in changing else held for name, held in members}

    return json.loads(document, object_pairs_hook=unify, parse_float="<number {}>".format)


def dump(document: Any, indent: int | None = None) -> str:
    """Return a value as text."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=indent)


def events_text(stream: bytes) -> str:
    """Return an event stream, field by field in the order in which they came."""
    *blocks, rest = stream.split(b"\n\n")
    assert rest == b"", f"the stream ended within an event: {rest!r}"
    return "".join("\n".join(_fields(block.decode("utf-8"))) + "\n\n" for block in blocks)


def _fields(block: str) -> list[str]:
    fields = [line.partition(": ") for line in block.split("\n")]
    (event,) = (value for name, _, value in fields if name == "event")
    lines = []
    for name, between, held in fields:
        if name == "retry":
            assert held.isdecimal()
            held = "<retry>"
        elif name == "data" and event not in EXACT:
            held = dump(value(held.encode(), CHANGING.get(event, ())))
        lines.append(name + between + held)
    return lines


def head_text(status: int, fields: Iterable[tuple[str, str]], without: Iterable[str] = ()) -> str:
    """Return the head of an answer, its fields sorted, without the date and others that are named."""
    kept = sorted(field for field in fields if field[0] not in {"date", *without})
    return f"{status}\n" + "".join(f"{name}: {held}\n" for name, held in kept) + "\n"


def compare(name: str, text: str) -> None:
    """Compare `text` with the recording of this name.

    With RECORD=1 in the environment it becomes the recording, and the test is skipped. That is for a change
    of the protocol that is meant, and for nothing else: what was recorded is what clients rely on.
    """
    path = FOLDER / f"{name}.txt"
    if os.environ.get("RECORD") == "1" and os.environ.get("CI") != "true":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        pytest.skip(f"recorded {path.name}")
    recorded = path.read_text("utf-8")
    if text != recorded:
        lines = difflib.unified_diff(
            recorded.splitlines(), text.splitlines(), f"recorded/{path.name}", "now", lineterm=""
        )
        pytest.fail("\n".join(lines)[:MAX_SHOWN], pytrace=False)
