"""The AsyncAPI description is one by the official schema, and what stands in Redis is as it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError

from tests.support.client import redis_client
from tests.support.event_stream import answer_of
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway
from tests.web.node import HERE, install_packages
from tickcast.gateway.http.asyncapi import describe_async
from tickcast.gateway.http.described import write
from tickcast.gateway.http.openapi import describe
from tickcast.gateway.protocol.event_schemas import EVENTS
from tickcast.wire.inbox import encode_entry
from tickcast.wire.instrument import Instrument

DOCUMENT = describe_async(1000)


def official() -> Draft7Validator:
    """Return the check by the schema that AsyncAPI publishes; skip where npm does not have it."""
    install_packages()
    # The one without `$id` refers to nothing outside itself.
    file = HERE / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
    return Draft7Validator(json.loads(file.read_text("utf-8")))


def references(node: Any) -> set[str]:
    """Return every reference in a document."""
    if isinstance(node, list):
        return {each for part in node for each in references(part)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(part) for part in node.values()))


def at(reference: str) -> Any:
    """Return what a reference within the document means. Raises KeyError."""
    found: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def check(channel: str, held: Any) -> None:
    """Check what a channel of Redis holds against its message."""
    (message,) = DOCUMENT["channels"][channel]["messages"].values()
    schema = {**at(at(message["$ref"])["payload"]["$ref"]), "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(held)


def address(channel: str) -> str:
    """Return the name in Redis of a channel, of partition 0 of the feed `main`."""
    described = DOCUMENT["channels"][channel]
    (tag,) = described["parameters"]["tag"]["examples"]
    return str(described["address"].format(tag=tag))


def texts(fields: dict[bytes, bytes]) -> dict[str, str]:
    """Return a hash or an entry as text."""
    return {name.decode(): value.decode() for name, value in fields.items()}


def test_it_is_asyncapi_3_by_the_official_schema() -> None:
    validator = official()
    document = json.loads(json.dumps(DOCUMENT))
    assert [error.message for error in validator.iter_errors(document)] == []
    del document["channels"]["stream"]["messages"]["tick"]["$ref"]
    document["operations"]["sendEvents"]["action"] = "tell"
    assert not validator.is_valid(document)


def test_its_references_lead_somewhere_and_its_schemas_are_schemas() -> None:
    for reference in references(DOCUMENT):
        assert at(reference)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert DOCUMENT["channels"]["stream"]["messages"].keys() == EVENTS.keys()


def test_it_is_written_into_files(tmp_path: Path) -> None:
    written = [json.loads(path.read_text("utf-8")) for path in write(tmp_path)]
    assert written == [json.loads(json.dumps(each)) for each in (describe(1000), DOCUMENT)]


async def test_a_gateway_serves_it(gateway: LocalGateway) -> None:
    answer = await answer_of(gateway.url, "/asyncapi.json")
    expected = describe_async(gateway.gateway.settings.max_symbols)
    assert (answer.status, json.loads(answer.body)) == (200, json.loads(json.dumps(expected)))


async def test_what_stands_in_redis_is_as_described(feeder: Feeder, valkey_url: str) -> None:
    async with redis_client(valkey_url) as redis, redis.pubsub() as channel:
        await channel.subscribe(address("live"))
        await feeder.claim([Instrument("AAPL", "Apple", "0.01", "188.2", "USD")])
        await feeder.tick("AAPL", "MSFT")
        await feeder.heartbeat()
        heard: list[str] = []
        while len(heard) < 2:
            if message := await channel.get_message(ignore_subscribe_messages=True, timeout=10):
                heard.append(message["data"].decode())
        for batch in heard:
            check("live", batch)
        (entry,) = await redis.xrange(address("log"))
        check("log", texts(entry[1]))
        assert entry[1][b"b"].decode() in heard
        for tick in await redis.hvals(address("last")):
            check("last", json.loads(tick))
        for instrument in await redis.hvals(address("symbols")):
            check("symbols", json.loads(instrument))
        check("meta", texts(await redis.hgetall(address("meta"))))
        for wrong in (heard[0][:-5], heard[0].replace(" ", "  ", 1), "1" + heard[0][1:]):
            with pytest.raises(ValidationError):
                check("live", wrong)


def test_an_entry_of_the_inbox_is_as_described() -> None:
    fields = encode_entry(ticks=[b'{"S":"AAPL","p":1}'], retired=[b"MSFT"], by="me", number=7)
    text = [each.decode() for each in fields]
    entry = dict(zip(text[::2], text[1::2], strict=True))
    check("inbox", entry)
    for wrong in ({"x": "1"}, {"n": "seven"}, {"by": "b" * 65}):
        with pytest.raises(ValidationError):
            check("inbox", {**entry, **wrong})
    assert re.fullmatch(r"\{tickcast:main:0\}:in", address("inbox"))
