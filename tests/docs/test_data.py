"""The JSON of the docs is what the programs send and take, and every block of data can be read."""

import json
import tomllib
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support.described import DOCUMENT, check_data
from tests.support.snippets import PAGES, Snippet, block, snippets
from tickcast.access.claims import grant_of
from tickcast.access.grant import Grant
from tickcast.wire.bar import decode_bar
from tickcast.wire.instrument import decode_instrument
from tickcast.wire.tick import decode_tick

TICK = block("docs/protocol.md", "A tick")
BAR = block("docs/protocol.md", "Bars")
CHANGE = block("docs/protocol.md", "Changing an open stream")
BARS = block("docs/protocol.md", "`GET /v1/bars/SYMBOL`")
SYMBOLS = block("docs/protocol.md", "`GET /v1/symbols`")

MORE = BAR.rstrip().partition('"t":')[2].partition(",")[2].rstrip("}")
"""What each `…` of the bars stands for: the other members of a bar."""


def check(schema: str, value: Any) -> None:
    """Check a value against a schema of the API that is closed, but for what it leaves open itself."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    Draft202012Validator(whole).validate(value)
    named = DOCUMENT["components"]["schemas"][schema]["properties"]
    assert value.keys() <= named.keys()


@pytest.mark.parametrize(("schema", "text"), [("Tick", TICK), ("Bar", BAR), ("Change", CHANGE)])
def test_an_object_meets_its_schema_and_has_every_member(schema: str, text: str) -> None:
    value = json.loads(text)
    check(schema, value)
    # A real price does not say where it is from, and a token belongs to one client.
    assert DOCUMENT["components"]["schemas"][schema]["properties"].keys() - value.keys() <= {"src", "token"}


def test_the_tick_and_the_bar_are_written_as_the_publisher_writes_them() -> None:
    check_data("tick", json.loads(TICK))
    check_data("bar", json.loads(BAR))
    assert decode_tick(TICK.strip())[0].symbol == decode_bar(BAR.strip()).symbol == "AAPL"


def test_the_answer_with_bars_meets_its_schema() -> None:
    assert BARS.count("…") == 2
    value = json.loads(BARS.replace("…", MORE))
    check("Bars", value)
    assert [each["t"] for each in value["bars"]] == sorted(each["t"] for each in value["bars"])


def test_the_list_of_symbols_meets_its_schema() -> None:
    (value,) = json.loads(SYMBOLS)
    check("Instrument", value)
    assert decode_instrument(json.dumps(value).encode()).name == "Apple Inc."


def test_the_claim_of_a_token_is_a_grant() -> None:
    claim = json.loads(block("docs/access.md", "Tokens"))
    assert grant_of({"sub": "ann", "tickcast": claim}) == Grant(
        "ann", ("AAPL", "B*"), interval=250, streams=20, publish=("AAPL",)
    )


def data() -> list[Snippet]:
    return [each for page in PAGES for each in snippets(page) if each.language in ("json", "yaml", "toml")]


@pytest.mark.parametrize("snippet", data(), ids=str)
def test_it_can_be_read(snippet: Snippet) -> None:
    if snippet.language == "toml":
        assert tomllib.loads(snippet.code)
    elif snippet.language == "yaml":
        assert [*yaml.safe_load_all(snippet.code)]
    else:
        for line in snippet.code.replace(",…", "").splitlines():
            assert json.loads(line)
