"""Stands in for the binary centrifugo: its options, /health, /api/batch and the unidirectional SSE."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

from tests.bench.rivals.hub import Handler, Hub, run


def main() -> None:
    """Be `centrifugo --config FILE`."""
    _, option, file = sys.argv
    assert option == "--config"
    with open(file, encoding="utf-8") as text:
        config = json.load(text)
    assert config["uni_sse"]["enabled"]
    assert config["client"]["allow_anonymous_connect_without_token"]
    rights = config["channel"]["without_namespace"]
    assert rights["allow_subscribe_for_client"]
    assert rights["allow_subscribe_for_anonymous"]
    hub, key = Hub(), config["http_api"]["key"]

    class Centrifugo(Handler):
        def get(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/health" and config["health"]["enabled"]:
                self.answer(200, b"{}")
            elif url.path == "/connection/uni_sse":
                channels = list(json.loads(parse_qs(url.query)["cf_connect"][0])["subs"])
                events = hub.listen(channels)
                subscribed = json.dumps({"connect": {"client": "1", "subs": {each: {} for each in channels}}})
                events.put(b"data: %b\n\n" % subscribed.encode())
                self.stream(events)
            else:
                self.answer(404)

        def post(self) -> None:
            body = self.body()
            if self.path != "/api/batch" or self.headers["Content-Type"] != "application/json":
                self.answer(400)
            elif self.headers["X-API-Key"] != key:
                self.answer(401)
            else:
                commands = [command["publish"] for command in json.loads(body)["commands"]]
                for each in commands:
                    push = {"channel": each["channel"], "pub": {"data": each["data"]}}
                    text = json.dumps(push, separators=(",", ":"))
                    hub.publish(each["channel"], b"data: %b\n\n" % text.encode())
                self.answer(200, json.dumps({"replies": [{"publish": {}} for _ in commands]}).encode())

    run(config["http_server"]["port"], Centrifugo)
