"""What holds for every request and answer: Host and Origin are checked, and browsers are told what it is."""

from collections.abc import Callable, Iterable
from typing import Any

from tickcast.gateway.http.private_port import PrivatePort
from tickcast.runtime.hosts import AllowedHosts
from tickcast.runtime.origins import Fields, Origins
from tickcast.runtime.problem import TYPE, Problem
from tickcast.runtime.response_fields import CLOSED_RAW
from tickcast.wire.asking import ASKS, SEEN

OWN_FIELDS = "tickcast.fields"
"""Key of the scope: fields that this answer has, in place of others of the same name."""


class Guard:
    """An application (ASGI) around another."""

    def __init__(
        self,
        app: Any,
        hosts: AllowedHosts,
        origins: Origins,
        private: PrivatePort,
        is_trusted: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`is_trusted` tells whether the address of a connection is that of a trusted proxy."""
        self._app = app
        self._is_trusted = is_trusted
        self._hosts = hosts
        self._origins = origins
        self._private = private

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        own: Fields = []
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

        async def send_closed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": merged(message.get("headers", ()), own)}
            await send(message)

        if ASKS in headers:
            own.append((SEEN.encode("ascii"), self._seen(scope, headers)))
        try:
            self._check(scope)
            own += self._origins.fields(headers, scope["path"])
            if (preflight := self._origins.preflight(scope["method"], headers, own)) is not None:
                await send_closed({"type": "http.response.start", "status": 204, "headers": preflight})
                await send_closed({"type": "http.response.body", "body": b""})
                return
            scope[OWN_FIELDS] = own
        except Problem as wrong:
            body = wrong.body()
            head = [(b"content-type", TYPE.encode("ascii")), (b"content-length", b"%d" % len(body))]
            await send_closed({"type": "http.response.start", "status": wrong.status, "headers": head})
            await send_closed({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send_closed)

    def _seen(self, scope: Any, headers: dict[str, list[str]]) -> bytes:
        """Return how a request came here, for an operator's program that asks."""
        forwarded = "none"
        if "x-forwarded-for" in headers:
            client = scope.get("client")
            forwarded = "trusted" if client and self._is_trusted(client[0]) else "ignored"
        return f"http={scope['http_version']}; forwarded={forwarded}".encode("ascii")

    def _check(self, scope: Any) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        local = self._private.is_local and self._private.took(scope)
        self._hosts.check(hosts, scope["http_version"], scope["path"], local)
        self._private.check(scope)


def merged(headers: Iterable[tuple[bytes, bytes]], own: Fields) -> Fields:
    """Return the fields of an answer, with those of its own in place of others, and those that all have."""
    replaced = {name for name, _ in own} - {b"vary"}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    kept += [field for field in own if field not in kept]
    held = {name.lower() for name, _ in kept}
    return kept + [field for field in CLOSED_RAW if field[0] not in held]
