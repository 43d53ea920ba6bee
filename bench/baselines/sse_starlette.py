"""The textbook server with the library sse-starlette: EventSourceResponse, with a queue for each client."""

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from tickcast.bench.baselines.server import Endpoint, serve
from tickcast.bench.baselines.subscribers import Subscribers


def make(subscribers: Subscribers) -> Endpoint:
    """Return the endpoint."""

    async def events(symbols: str) -> AsyncIterator[ServerSentEvent]:
        async for event in subscribers.ticks(symbols, silence=5.0):
            if event is None:
                yield ServerSentEvent("{}", event="heartbeat", sep="\n")
            else:
                cursor, json = event
                yield ServerSentEvent(json.decode(), event="tick", id=cursor.decode(), sep="\n")

    async def stream(request: Request) -> Response:
        return EventSourceResponse(events(request.query_params["symbols"]))

    return stream


if __name__ == "__main__":
    serve(make)
