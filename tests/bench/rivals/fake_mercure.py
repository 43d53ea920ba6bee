"""Stands in for the binary mercure, of version 1 or of the one before: the file it reads, tokens, requests.

Its name tells the version: `mercure` says of itself what the variable MERCURE_VERSION holds.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.bench.rivals.hub import Handler, Hub, run

OLD = os.environ.get("MERCURE_VERSION", "1.0.0").startswith("0.")


def claims(token: str, secret: str) -> dict[str, object]:
    """Return what a token says. Raises AssertionError if it is not good."""
    head, payload, proof = token.split(".")
    expected = hmac.new(secret.encode(), f"{head}.{payload}".encode(), hashlib.sha256).digest()
    assert hmac.compare_digest(_decoded(proof), expected)
    assert json.loads(_decoded(head)) == {"alg": "HS256", "typ": "at+jwt"}
    said: dict[str, object] = json.loads(_decoded(payload))
    return said


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def may_publish(said: dict[str, object], config: str) -> bool:
    """Tell whether the claims let their owner publish to every topic."""
    if OLD:
        return said["mercure"] == {"publish": ["*"]}
    issuer = re.search(r"issuer (\S+) {", config)
    audience = re.search(r"resource_identifier (\S+)", config)
    assert issuer
    assert audience
    granted = [
        {
            "type": "https://mercure.rocks/authorization-detail",
            "actions": ["publish"],
            "topics": [{"match": "*"}],
        }
    ]
    mine = (said["iss"], said["aud"]) == (issuer[1], audience[1])
    return mine and float(str(said["exp"])) > time.time() and said["authorization_details"] == granted


def main() -> None:
    """Be `mercure list-modules --versions` or `mercure run --config FILE --adapter caddyfile`."""
    if sys.argv[1:] == ["list-modules", "--versions"]:
        version = os.environ.get("MERCURE_VERSION", "1.0.0")
        print(f"http.handlers.headers v2.11.0\nhttp.handlers.mercure v{version}\n\n  Non-standard modules: 1")
        return
    assert (sys.argv[1], sys.argv[2], sys.argv[4:]) == ("run", "--config", ["--adapter", "caddyfile"])
    config = Path(sys.argv[3]).read_text("utf-8")
    # In the old form the key is a directive of its own, in the new one it stands in its issuer's block.
    secret = re.search(r"publisher_jwt (\S+) HS256" if OLD else r"publisher {\s+jwt (\S+) HS256", config)
    port = re.search(r"^http://:([0-9]+) {", config, re.MULTILINE)
    assert secret
    assert port
    assert "anonymous\n" in config
    assert "transport local\n" in config
    hub = Hub()

    class Mercure(Handler):
        def get(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/healthz":
                self.answer(200)
            elif url.path == "/.well-known/mercure":
                self.stream(hub.listen(parse_qs(url.query)["topic" if OLD else "match"]))
            else:
                self.answer(404)

        def post(self) -> None:
            form = parse_qs(self.body().decode())
            scheme, _, token = self.headers["Authorization"].partition(" ")
            if scheme != "Bearer" or not may_publish(claims(token, secret[1]), config):
                self.answer(401)
            elif self.headers["Content-Type"] != "application/x-www-form-urlencoded":
                self.answer(400)
            else:
                event = f"id: urn:uuid:1\ndata: {form['data'][0]}\n\n"
                hub.publish(form["topic"][0], event.encode())
                self.answer(200, b"urn:uuid:1")

    run(int(port[1]), Mercure)
