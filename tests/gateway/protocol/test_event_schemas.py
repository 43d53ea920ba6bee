"""The schemas of events are true: live streams of every kind meet them, and what is altered does not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.support.described import DOCUMENT, check_data
from tests.support.local_gateway import stale_after
from tests.support.recorded_clients import script
from tests.support.scripted_feed import bar, tick
from tickcast.gateway.protocol.event_schemas import EVENTS, schema_name

DOCS = Path(__file__).parents[3] / "docs" / "protocol.md"
HALTED = '{"S":"B","state":"halted","since":5}'
GONE = '{"S":"A","retired":"operator"}'

WRONG: dict[str, list[Any]] = {
    "hello": [
        {"version": 2},
        {"interval": 60},
        {"epoch": "0123456789AB"},
        {"heartbeat": 0},
        {"resumed": "old"},
    ],
    "snapshot": [[{"S": "A"}], {"S": "A", "q": 1, "t": 1, "p": 1}],
    "tick": [{"q": -1}, {"p": "1.5"}, {"t": 1.5}, {"S": "A,B"}, {"src": "real"}],
    "ticks": [[], [{"S": "A", "q": 1, "t": 1}]],
    "bar": [{"i": "2m"}, {"n": "1"}, {"o": None}],
    "gap": [{"reason": "lost"}, {"from": ""}, {"epoch": None}],
    "symbols": [{"symbols": -1}, {"added": "A"}],
    "retired": [{"S": []}, {"S": "A"}, {"reason": ""}],
    "state": [{"state": "open"}, {"since": "5"}],
    "status": [{"feed": "dead"}, {"age": -1}],
    "heartbeat": [{"t": None}, {"feed": True}],
    "bye": [{"reason": "tired"}, {"retry": "1000"}],
}
"""Event -> other data, or members in place of true ones, each of which alone makes it wrong."""


@pytest.fixture
async def seen(valkey_url: str, patience: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Event -> data of one that a gateway has sent; each was checked when its stream ended."""
    async with script(valkey_url, heartbeat=200) as run:
        minute = bar("A", "1m", 0, "1 2 1 2", 1, 1)
        await run.feed.batch("1-0", tick("A", 1, "100.00"), tick("B", 1, "20"), minute, HALTED)
        await run.seen("B", 1)
        one = await run.open("one", "/v1/stream?bars=1m", first=0)
        many = await run.open("many", "/v1/stream?format=array")
        await one.expect("hello")
        await run.change("one", '{"drop":["*"],"add":["A","B"]}')
        await one.until(lambda event: event.type == b"symbols")
        await run.feed.batch("2-0", tick("A", 2, "100.1"), tick("B", 2, "21"), GONE)
        await one.until(lambda event: event.type == b"retired")
        await many.until(lambda event: event.type == b"ticks")
        await run.feed.lose("3-0", tick("B", 4, "22"))
        await one.until(lambda event: event.type == b"gap")
        stale_after(monkeypatch, -1)
        await run.feed.heartbeat()
        await one.until(lambda event: event.type == b"status")
        await one.until(lambda event: event.type == b"heartbeat")
        streams = (one, many)
    return {event.type.decode(): json.loads(event.data) for each in streams for event in each.seen}


async def test_a_live_stream_of_every_kind_of_event_is_as_described(seen: dict[str, Any]) -> None:
    assert seen.keys() == EVENTS.keys()
    # The check can fail: every member that must be there, left out, and every wrong value, is found.
    for name, data in seen.items():
        check_data(name, data)
        schema = DOCUMENT["components"]["schemas"][schema_name(name)]
        for member in schema.get("required", ()):
            refused(name, {key: held for key, held in data.items() if key != member})
        for wrong in WRONG[name]:
            refused(name, wrong if isinstance(wrong, list) or isinstance(data, list) else {**data, **wrong})


def refused(name: str, data: Any) -> None:
    with pytest.raises(ValidationError):
        check_data(name, data)


def test_schemas_are_schemas_and_have_every_event_of_the_text() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    text = DOCS.read_text("utf-8").partition("## Events")[2]
    events = re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \|", text, re.MULTILINE)
    assert events == [*EVENTS]
    for event in events:
        section = re.search(rf"^### `{event}`\n(.*?)^##", text, re.MULTILINE | re.DOTALL)
        table = section and section[1].partition("| field |")[2].partition("\n\n")[0]
        if not table:
            continue
        named = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
        optional = set(re.findall(r"^\| `(\w+)` \| [^|]*optional", table, re.MULTILINE))
        schema = EVENTS[event]
        assert {*schema["properties"]} == named
        assert named - optional == {*schema["required"]}, event
