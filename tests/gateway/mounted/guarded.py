"""Apps whose own callable says who may see what."""

import time
from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.requests import Request

import tickcast
from tests.gateway.mounted.apps import SETTINGS, kinds

SHORT = 1.5
"""Seconds after which a grant that expires does."""


def decided(request: Request) -> Any:
    """Say what the user in a header, or of a token, may see."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    user = request.headers.get("x-user") or request.cookies.get("user") or token
    # What the app's own middleware and lifespan have left for it is there.
    assert request.app.state.name == "guarded"
    assert request.url.path.startswith("/prices/v1/")
    match user:
        case "alice":
            return tickcast.Grant("alice", ["A", "B*"])  # type: ignore[arg-type]
        case "bob":
            return tickcast.Grant("bob", ("B",), interval=500)
        case "short":
            return tickcast.Grant("short", ("A",), expires=time.time() + SHORT)
        case "longer":
            return tickcast.Grant("short", ("A",), expires=time.time() + 3600)
        case "banned":
            raise tickcast.Refused(403, "you are banned")
        case "debtor":
            raise HTTPException(402, "pay first", {"x-price": "5"})
        case "teapot":
            raise tickcast.Refused(200, "all is well")
        case "broken":
            raise RuntimeError("password is hunter2")
        case "wrong":
            return tickcast.Grant("wrong", "AAPL")  # type: ignore[arg-type]
    return None


async def by_async(request: Request) -> Any:
    """Decide in the event loop."""
    return decided(request)


def by_thread(request: Request) -> Any:
    """Decide in a thread."""
    if request.headers.get("x-user") == "slow":
        time.sleep(7)
    return decided(request)


def guarded(authorize: Any) -> FastAPI:
    """Make an app that decides by `authorize`."""
    app = FastAPI()
    app.state.name = "guarded"

    @app.get("/inside")
    async def inside() -> dict[str, Any]:
        return kinds(prices)

    prices = tickcast.mount(app, "/prices", authorize=authorize, **SETTINGS)
    return app


def async_app() -> FastAPI:
    """Make an app that decides in the event loop."""
    return guarded(by_async)


def thread_app() -> FastAPI:
    """Make an app that decides in a thread."""
    return guarded(by_thread)
