"""The textbook server: Starlette's StreamingResponse over a generator, with a queue for each client.

The stream is like that of Tickcast: every tick with its id, and a heartbeat after five seconds of silence.
"""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tickcast.bench.baselines.server import Endpoint, serve
from tickcast.bench.baselines.subscribers import Subscribers


def make(subscribers: Subscribers) -> Endpoint:
    """Return the endpoint."""

    async def events(symbols: str) -> AsyncIterator[bytes]:
        async for event in subscribers.ticks(symbols, silence=5.0):
            if event is None:
                yield b"event: heartbeat\ndata: {}\n\n"
            else:
                cursor, json = event
                yield b"event: tick\ndata: %b\nid: %b\n\n" % (json, cursor)

    async def stream(request: Request) -> Response:
        return StreamingResponse(events(request.query_params["symbols"]), media_type="text/event-stream")

    return stream


if __name__ == "__main__":
    serve(make)
