"""docs/protocol.md lists exactly the events, fields and parameters that there are."""

import json
import re
from collections import defaultdict

import pytest

from tests.support.docs import all_rows, name, rows, section
from tests.support.event_stream import opened
from tests.support.local_gateway import LocalGateway
from tests.support.recording import FOLDER
from tickcast.gateway.http.schemas import SCHEMAS, Schema
from tickcast.gateway.protocol import events, request
from tickcast.gateway.streams.patch import MEMBERS
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.notice import REASONS, UNKNOWN, SymbolState, in_state

PAGE = "protocol.md"
ARRAYS = {"snapshot", "ticks"}
"""Events that are arrays of ticks."""

HEADINGS = {
    "tick": "## A tick",
    "bar": "## Bars",
    **{
        event: f"### `{event}`"
        for event in ("hello", "gap", "symbols", "retired", "state", "status", "heartbeat", "bye")
    },
}
"""Where the fields of an event are listed, or those of an array's items."""

DOCUMENTS = {
    "Tick": "## A tick",
    "Bar": "## Bars",
    "Snapshot": "### `GET /v1/snapshot`",
    "Bars": "### `GET /v1/bars/SYMBOL`",
    "Instrument": "### `GET /v1/symbols`",
    "Changed": "## Changing an open stream",
    "Health": "### `GET /healthz`",
    "Readiness": "### `GET /readyz`",
    "Problem": "### Errors",
}


def listed(heading: str) -> tuple[set[str], set[str]]:
    """Return the fields that are listed under a heading, and those of them that are always there."""
    found = rows(section(PAGE, heading), "field")
    assert len({name(row) for row in found}) == len(found)
    return {name(row) for row in found}, {name(row) for row in found if "optional" not in row["type"]}


def recorded() -> dict[str, list[set[str]]]:
    """Return the fields of every event in the recorded streams, by event."""
    found = defaultdict(list)
    for path in FOLDER.glob("*.txt"):
        for event, data in re.findall(r"^event: (\w+)\ndata: (.*)$", path.read_text("utf-8"), re.MULTILINE):
            document = json.loads(data)
            found[event] += [{*each} for each in (document if event in ARRAYS else [document])]
    return found


RECORDED = recorded()


def test_every_event_is_listed_and_no_other() -> None:
    table = rows(section(PAGE, "## Events"), "event")
    named = [re.sub(r"\[`(\w+)`\]\(#\1\)", r"\1", row["event"]) for row in table]
    told = re.search(r"events of a stream: ([\w ]+)\.", events.__doc__ or "")
    assert told is not None
    assert named == told[1].split()
    assert {*named} == {*RECORDED}
    for event in named:
        assert section(PAGE, f"### `{event}`").strip()


@pytest.mark.parametrize("event", sorted(RECORDED))
def test_the_fields_listed_for_an_event_are_those_that_it_carries(event: str) -> None:
    known, always = listed(HEADINGS["tick" if event in ARRAYS else event])
    carried = RECORDED[event]
    assert [fields for fields in carried if not always <= fields <= known] == []
    # Recorded gateways ask for no tokens, and none is late: tests/gateway/http has such.
    assert set().union(*carried, {"hello": {"rights", "delay"}}.get(event, set())) == known
    # What no recording lacks is shown to be optional by the next two tests.
    optional = known - always - {"bar": {"v"}, "hello": {"rights", "delay", "source"}}.get(event, set())
    assert [field for field in optional if all(field in fields for fields in carried)] == []


async def test_a_field_of_hello_that_is_called_optional_may_be_missing(gateway: LocalGateway) -> None:
    async with opened(gateway.url) as stream:
        hello, *_ = stream.seen
    assert {*json.loads(hello.data)} == listed(HEADINGS["hello"])[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_fields_listed_for_a_document_are_those_of_its_schema(document: str) -> None:
    schema = SCHEMAS[document]
    assert listed(DOCUMENTS[document]) == ({*schema["properties"]}, {*schema["required"]})
    types = {name(row): row["type"] for row in rows(section(PAGE, DOCUMENTS[document]), "field")}
    assert {field: kind.partition(",")[0].partition(" of ")[0] for field, kind in types.items()} == {
        field: type_of(held) for field, held in schema["properties"].items()
    }


def test_everything_that_is_known_of_a_symbol_is_in_its_schema_with_its_bounds() -> None:
    whole = Instrument("A", "A", "1", "1", "USD", "0930-1600", "Etc/UTC", "1", True)
    known = json.loads(in_state(encode_instrument(whole), SymbolState("A", "halted", 1)))
    properties = SCHEMAS["Instrument"]["properties"]
    assert {*known} <= {*properties}
    bounds = {field: schema["maxLength"] for field, schema in properties.items() if "maxLength" in schema}
    assert bounds == MAX_TEXT
    listed = {name(row): row["meaning"] for row in rows(section(PAGE, DOCUMENTS["Instrument"]), "field")}
    assert all(f"at most {most} characters" in listed[field] for field, most in MAX_TEXT.items())


def test_the_page_lists_every_reason_of_retired_and_what_replayed_counts() -> None:
    assert [name(row) for row in rows(section(PAGE, "### `retired`"), "`reason`")] == [*REASONS, UNKNOWN]
    [replayed] = [row for row in rows(section(PAGE, "### `hello`"), "field") if name(row) == "replayed"]
    assert all(kind in replayed["meaning"] for kind in ("ticks", "bars", "`retired`", "`state`"))


def type_of(schema: Schema) -> str:
    """Return the JSON type of a schema; one with a list of values or a single one holds strings."""
    return str(schema.get("type", "string"))


@pytest.mark.parametrize(
    ("heading", "allowed"),
    [
        ("## Parameters", request.STREAM),
        ("### `GET /v1/snapshot`", request.SNAPSHOT),
        ("### `GET /v1/bars/SYMBOL`", request.BARS),
        ("### `GET /v1/symbols`", request.SYMBOLS),
    ],
)
def test_every_parameter_is_listed_and_no_other(heading: str, allowed: tuple[str, ...]) -> None:
    assert [name(row) for row in rows(section(PAGE, heading), "parameter")] == [*allowed]


def test_every_member_of_a_change_is_listed_and_no_other() -> None:
    assert [name(row) for row in rows(section(PAGE, "## Changing an open stream"), "member")] == [*MEMBERS]


def test_every_field_parameter_and_member_says_since_when_it_is_there() -> None:
    found = [row for first in ("field", "parameter", "member") for row in all_rows(PAGE, first)]
    assert len(found) > 80
    assert [row for row in found if not re.fullmatch(r"\d+\.\d+\.\d+", row["since"])] == []
