"""The description of the API names what there is; that it is true, tests/fuzz/test_description.py shows."""

import json

from tests.support.changing import open_stream
from tests.support.event_stream import answer_of
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.http.app import build_app
from tickcast.gateway.http.openapi import describe
from tickcast.gateway.http.schemas import SCHEMAS


async def test_it_names_every_path_and_method_and_no_other(gateway: LocalGateway) -> None:
    answer = await answer_of(gateway.url, "/openapi.json")
    described = json.loads(answer.body)
    assert described == json.loads(json.dumps(describe(gateway.gateway.settings.max_symbols)))
    named = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    app = build_app(gateway.gateway)
    served = {
        (route.path.replace(":path", ""), method)
        for route in app.routes
        if route.path.startswith(
            ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json")
        )
        for method in route.methods
    }
    # HEAD is there beside every GET; only that of the stream is worth a word.
    assert {each for each in served if each[1] != "HEAD"} | {("/v1/stream", "HEAD")} == named


async def test_the_stream_answers_as_described(gateway: LocalGateway) -> None:
    operation = describe(1000)["paths"]["/v1/stream"]["get"]
    async with open_stream(gateway.url) as (opened, _):
        assert str(opened.status) in operation["responses"]
        assert opened.headers["content-type"] in operation["responses"]["200"]["content"]
    names = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    refusal = json.loads((await answer_of(gateway.url, "/v1/stream?x=1")).body)["detail"]
    assert names == {*SCHEMAS["StreamQuery"]["properties"]}
    assert names == set(refusal.partition("allowed are ")[2].split(", "))
