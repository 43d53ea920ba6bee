"""Apps that a gateway is mounted in, for servers that tests start; Redis is that of TICKCAST_REDIS_URL."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import tickcast
from tickcast.gateway.mounted.mounted import Mounted

if "TICKCAST_TEST_LOG" in os.environ:
    logging.basicConfig(level=logging.INFO)

SETTINGS: dict[str, Any] = {"drain": 1, "heartbeat": 500, "max_lag": 600_000}

order: list[str] = []
"""What of the app's own lifespan has run."""


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, str]]:
    order.append("started")
    yield {"theme": "dark"}
    print("the app has stopped", flush=True)


def kinds(prices: Mounted) -> dict[str, Any]:
    """Return what a test wants to know of the inside of a process."""
    registry = prices._gateway.registry if prices._gateway else ()
    return {
        "streams": sorted(type(each).__name__ for each in registry),
        "ready": prices.is_ready,
        "app": order,
    }


def starlette_app() -> Starlette:
    """Make an app of Starlette."""

    async def inside(request: Request) -> Response:
        return JSONResponse(kinds(prices) | {"theme": request.state.theme})

    app = Starlette(routes=[Route("/inside", inside)], lifespan=lifespan)
    prices = tickcast.mount(app, "/prices", **SETTINGS)
    return app


def fastapi_app(**more: Any) -> FastAPI:
    """Make an app of FastAPI."""
    app = FastAPI(lifespan=lifespan)

    @app.get("/inside")
    async def inside(request: Request) -> dict[str, Any]:
        return kinds(prices) | {"theme": request.state.theme}

    @app.get("/inside/metrics")
    async def metrics() -> PlainTextResponse:
        return PlainTextResponse(prices.metrics())

    prices = tickcast.mount(app, "/prices", **{**SETTINGS, **more})
    return app


def slow_to_drain() -> FastAPI:
    """Make an app that takes long to end its streams."""
    return fastapi_app(drain=20)


def app_with_headers() -> Starlette:
    """Make an app whose middleware adds fields to each answer."""
    app = starlette_app()
    app.user_middleware.append(
        Middleware(CORSMiddleware, allow_origins=["https://other.example"], allow_headers=["x-test"])
    )
    return app


def app_with_readers(**more: Any) -> FastAPI:
    """Make an app whose middleware reads requests, takes its time, and passes on answers piece by piece."""
    app = fastapi_app(**more)

    @app.middleware("http")
    async def mark(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        await asyncio.sleep(0.1)
        response.headers["x-marked"] = "yes"
        return response

    return app


def app_with_room_for_one() -> FastAPI:
    """Make such an app that takes one stream."""
    return app_with_readers(max_connections=1)


def app_with_gzip() -> FastAPI:
    """Make an app whose middleware holds the head of an answer back until it knows the body."""
    app = fastapi_app()
    app.add_middleware(GZipMiddleware)
    return app


class Changing:
    """Middleware that adds something to each piece of an answer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def add(message: Any) -> None:
            if message.get("body") and scope["path"].endswith("/stream"):
                message = {**message, "body": b": changed\n" + message["body"]}
            await send(message)

        await self._app(scope, receive, add)


def app_that_changes(**more: Any) -> FastAPI:
    """Make an app whose streams have to go through its middleware."""
    app = fastapi_app(**more)
    app.add_middleware(Changing)
    return app
