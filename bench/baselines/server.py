"""Runs a textbook server: `python -m tickcast.bench.baselines.NAME PORT REDIS_URL`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tickcast.bench.baselines.subscribers import Subscribers

Endpoint = Callable[[Request], Awaitable[Response]]


def serve(make: Callable[[Subscribers], Endpoint]) -> None:
    """Serve the endpoint that `make` returns at /v1/stream, until SIGTERM."""
    port, url = int(sys.argv[1]), sys.argv[2]
    subscribers = Subscribers()

    @asynccontextmanager
    async def relay(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(subscribers.relay(url))
        yield
        task.cancel()

    async def ready(_request: Request) -> Response:
        return PlainTextResponse("ready")

    app = Starlette(routes=[Route("/v1/stream", make(subscribers)), Route("/readyz", ready)], lifespan=relay)
    uvicorn.run(
        app,
        port=port,
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_graceful_shutdown=1,
    )
