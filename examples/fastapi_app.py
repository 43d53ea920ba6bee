"""A FastAPI app with live prices in it: its own page at /, and who may see what decided by its own session.

Run it beside a feed: `tickcast publisher --redis-url redis://127.0.0.1:6379`, then

    pip install 'tickcast[gateway]' fastapi uvicorn itsdangerous
    uvicorn fastapi_app:app

and open http://127.0.0.1:8000. REDIS_URL names another Redis.
"""

import os

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

import tickcast

FREE = ("AAPL", "MSFT")
"""What visitors see; who has signed in sees everything."""

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Prices</title>
<script type="module" src="/prices/elements.js"></script>
<h1>Prices</h1>
<p><tickcast-price symbol="AAPL"></tickcast-price></p>
<p><tickcast-price symbol="MSFT"></tickcast-price></p>
<p><a href="/sign-in">Sign in</a> to see all of them on <a href="/prices/">the whole page</a>.</p>
"""

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ.get("SESSION_KEY", "change me"))


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    """Show the page."""
    return PAGE


@app.get("/sign-in")
def sign_in(request: Request) -> RedirectResponse:
    """Sign in; a real app would ask for a password here."""
    request.session["user"] = "somebody"
    return RedirectResponse("/prices/")


def authorize(request: Request) -> tickcast.Grant:
    """Say what a request may see; it is asked once for each stream, and for no tick."""
    user = request.session.get("user")
    if user is None:
        return tickcast.Grant("visitor", symbols=FREE, interval=250)
    return tickcast.Grant(user, symbols=("*",))


REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
prices = tickcast.mount(app, "/prices", redis_url=REDIS_URL, authorize=authorize)
