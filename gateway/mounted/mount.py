"""`tickcast.mount`: a gateway under a path of an app, started and stopped with the app."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from tickcast.gateway.http.authorizers import Authorize
from tickcast.gateway.mounted.mounted import Mounted
from tickcast.gateway.mounted.outermost import Outermost
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.logs import log_by_logging

OF_A_PROCESS = (
    "host", "port", "reuse_port", "private_host", "private_port", "debug", "log_level", "log_format",
)  # fmt: skip
"""Settings of a gateway that has a process of its own: here they are the app's and its server's."""


def mount(
    app: Starlette,
    path: str,
    *,
    redis_url: str | None = None,
    authorize: Authorize | None = None,
    **settings: Any,
) -> Mounted:
    """Mount the routes of a gateway under `path` of an app, such as `"/prices"`.

    `app` is one of FastAPI or Starlette; the gateway follows the feed from the app's start to its end.
    `authorize(request)`, plain or async, returns the Grant of who asks, or None (401), or raises Refused;
    without it, and without keys of tokens, everybody may read everything. Keyword arguments are the settings
    of a gateway (docs/operating.md); those left out come from TICKCAST_* variables.

    Raises TypeError for a name that is no setting, ValueError for a value or path that is not allowed, and
    RuntimeError if the app runs already.
    """
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError(f"path: {path!r} begins with a slash, and does not end with one: /prices")
    if app.middleware_stack is not None:
        raise RuntimeError("the app runs already; mount before it is started")
    if redis_url is not None:
        settings["redis_url"] = redis_url
    if _checked(settings).requires_tokens and authorize is not None:
        raise ValueError("authorize, or keys of tokens (auth_keys, TICKCAST_AUTH_KEYS): not both")
    log_by_logging()
    mounted = Mounted(lambda: GatewaySettings(**settings, private_port=None, debug=False), authorize)
    app.mount(path, mounted, name="tickcast")
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: Outermost(build())  # type: ignore[method-assign]
    app.router.lifespan_context = _around(app.router.lifespan_context, mounted)
    return mounted


def _checked(settings: dict[str, Any]) -> GatewaySettings:
    for name in settings:
        if name in OF_A_PROCESS:
            raise TypeError(
                f"{name} is no setting of a gateway inside an app: it is the app's or its server's"
            )
        if name not in GatewaySettings.model_fields:
            raise TypeError(f"{name[:40]} is no setting of a gateway; docs/operating.md lists them")
    # A wrong value is found here, and not only when the app starts.
    return GatewaySettings(**settings, private_port=None)


def _around(lifespan: Any, mounted: Mounted) -> Any:
    """Return the lifespan of an app with the gateway in it.

    What the app opens for itself is open as long as the gateway may ask for it.
    """

    @asynccontextmanager
    async def both(app: Any) -> AsyncIterator[Any]:
        own: AbstractAsyncContextManager[Any] = lifespan(app)
        async with own as state, mounted.running():
            yield state

    return both
