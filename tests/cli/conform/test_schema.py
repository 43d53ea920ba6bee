"""The small validator of `conform` agrees with one of all of JSON Schema, and knows what it meets."""

from typing import Any

import pytest
from hypothesis import given, strategies
from jsonschema import Draft202012Validator

from tickcast.cli.conform.schema import KEYWORDS, fault
from tickcast.gateway.protocol.event_schemas import EVENT_SCHEMAS, EVENTS, HELD

ROOT = {"components": {"schemas": {**HELD, **EVENT_SCHEMAS}}}

TICK = {"S": "A", "q": 1, "t": 2, "p": 1.5}
BAR = {"S": "A", "i": "1m", "t": 0, "o": 1, "h": 1, "l": 1, "c": 1, "n": 1, "q": 1}
GOOD: dict[str, Any] = {
    "hello": {
        "stream": "x", "gateway": "g", "name": "main", "version": 1, "interval": 0, "symbols": 1,
        "heartbeat": 5000, "t": 1, "epoch": "0123456789ab", "feed": "live", "resumed": "new",
        "replayed": 0, "retry": 1,
    },
    "snapshot": [TICK],
    "tick": TICK,
    "ticks": [TICK],
    "bar": BAR,
    "gap": {"reason": "slow", "from": "a", "to": "b", "epoch": "0123456789ab"},
    "symbols": {"symbols": 1, "added": ["A"], "dropped": []},
    "retired": {"S": ["A"], "reason": "idle"},
    "state": {"S": "A", "state": "halted", "since": 5},
    "status": {"feed": "stale", "age": None},
    "heartbeat": {"t": 1, "feed": "live", "age": 3},
    "bye": {"reason": "drain", "retry": 5},
}  # fmt: skip
ODD = strategies.sampled_from(
    [None, True, False, 0, -1, 1, 1.5, "", "A", "a,b", "live", [], {}, [1], ["A"], [TICK]]
)


def keywords(schema: Any) -> set[str]:
    """Return the keywords of a schema and of those within it."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else ())]
    return {*schema}.union(*(keywords(each) for each in inner))


@pytest.mark.parametrize("name", EVENTS)
def test_it_agrees_with_a_validator_of_everything(name: str) -> None:
    schema = EVENTS[name]
    validator = Draft202012Validator({**schema, **ROOT})
    good = GOOD[name]
    assert fault(good, schema) == ""
    validator.validate(good)

    @given(strategies.data())
    def agree(data: strategies.DataObject) -> None:
        altered: Any = data.draw(ODD)
        if isinstance(good, dict):
            member = data.draw(strategies.sampled_from([*schema.get("properties", TICK)]))
            altered = (
                {**good, member: altered}
                if data.draw(strategies.booleans())
                else {key: held for key, held in good.items() if key != member}
            )
        # In JSON Schema 1.0 is an integer; a gateway never writes one so.
        assert bool(fault(altered, schema)) == (not validator.is_valid(altered)), altered

    agree()


def test_it_knows_every_keyword_of_our_schemas() -> None:
    assert set().union(*map(keywords, [*EVENTS.values(), *HELD.values()])) - KEYWORDS == {"description"}


def test_it_says_where_the_fault_is() -> None:
    assert fault([TICK, {**TICK, "p": "1"}], EVENTS["snapshot"], "snapshot") == (
        "snapshot[1].p is '1' and no number"
    )
