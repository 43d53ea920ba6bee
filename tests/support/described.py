"""Checks events of a stream against the schemas by which the API describes them."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from tickcast.client.sse import Event
from tickcast.gateway.http.openapi import describe


def _validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


DOCUMENT = describe(1000)
_ITEM = DOCUMENT["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]
_ANY = _validator(_ITEM["itemSchema"])
_DATA = {
    each["properties"]["event"]["const"]: _validator(each["properties"]["data"]["contentSchema"])
    for each in _ITEM["itemSchema"]["oneOf"]
}


def check_event(event: Event) -> None:
    """Check an event: its fields, and its data. Raises jsonschema.ValidationError."""
    fields = {"event": event.type.decode(), "data": event.data.decode()}
    if event.id:
        fields["id"] = event.id.decode()
    _ANY.validate(fields)
    check_data(fields["event"], json.loads(event.data))


def check_data(name: str, data: Any) -> None:
    """Check the data of an event of a name. Raises jsonschema.ValidationError."""
    _DATA[name].validate(data)
