"""What lies around all middleware of an app: it knows by what the server has called the app."""

from typing import Any

from tickcast.gateway.transport.way import WAY, Way

STREAM = "/v1/stream"
"""The end of the path of a stream, wherever a gateway is mounted."""


class Outermost:
    """An application (ASGI) around that of an app with all its middleware."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request; that for a stream is told the way of its answer."""
        # An app in which two gateways are mounted is surrounded twice.
        if scope["type"] != "http" or not scope["path"].endswith(STREAM) or WAY in scope:
            await self._app(scope, receive, send)
            return
        way = scope[WAY] = Way(receive, send)
        try:
            await self._app(scope, receive, way.send)
        finally:
            # The way refers back to the scope; without it both are freed at once.
            del scope[WAY]
