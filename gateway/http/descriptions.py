"""What the gateway says of itself to machines: `/openapi.json` and `/asyncapi.json`."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tickcast.gateway.http.asyncapi import describe_async
from tickcast.gateway.http.openapi import describe
from tickcast.gateway.http.private_port import PrivatePort
from tickcast.gateway.http.requests import prefix_of


class Descriptions:
    """The endpoints of the descriptions."""

    def __init__(self, max_symbols: int, tokens: bool, private: PrivatePort) -> None:
        """A stream may name `max_symbols` symbols; `tokens`: whoever reads shows one."""
        self._max_symbols = max_symbols
        self._tokens = tokens
        self._private = private

    async def openapi(self, request: Request) -> Response:
        """Return the OpenAPI description of this API: GET /openapi.json."""
        shows_private = not self._private.hides(request.scope)
        return _document(describe(self._max_symbols, self._tokens, shows_private, prefix_of(request.scope)))

    async def asyncapi(self, request: Request) -> Response:
        """Return the AsyncAPI description of the stream and the feed: GET /asyncapi.json."""
        return _document(describe_async(self._max_symbols, prefix_of(request.scope)))


def _document(description: dict[str, object]) -> Response:
    headers = {"cache-control": "no-cache"}
    return Response(orjson.dumps(description), headers=headers, media_type="application/json")
