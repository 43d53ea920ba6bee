"""The textbook server: Starlette's StreamingResponse over a generator, with a queue for each client."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bench.baselines.server import Endpoint, serve
from bench.baselines.subscribers import Subscribers


def make(subscribers: Subscribers) -> Endpoint:
    """Return the endpoint."""

    async def events(symbols: str) -> AsyncIterator[bytes]:
        async for json in subscribers.ticks(symbols):
            yield b"event: tick\ndata: %b\n\n" % json

    async def stream(request: Request) -> Response:
        return StreamingResponse(events(request.query_params["symbols"]), media_type="text/event-stream")

    return stream


if __name__ == "__main__":
    serve(make)
