"""A problem: an error as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

from tickcast.runtime.response_fields import CLOSED

TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """A request that cannot be served; `detail` says what is wrong and what is allowed."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    @property
    def title(self) -> str:
        """Return the standard phrase of the status."""
        return HTTPStatus(self.status).phrase

    def body(self) -> bytes:
        """Return the problem document, JSON."""
        # A detail may quote client input, and half of a surrogate pair cannot be encoded as UTF-8.
        detail = self.detail.encode("utf-8", "replace").decode("utf-8")
        return orjson.dumps({"title": self.title, "status": self.status, "detail": detail})

    def as_response(self) -> bytes:
        """Return a whole HTTP/1.1 response that closes the connection, for use outside the application."""
        body = self.body()
        head = f"HTTP/1.1 {self.status} {self.title}\r\n"
        fields = {
            "content-type": TYPE,
            "content-length": str(len(body)),
            "connection": "close",
            **CLOSED,
            **self.headers,
        }
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return head.encode("ascii") + b"\r\n" + body
