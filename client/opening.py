"""How a stream is asked for, and what an answer that is none says. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from tickcast.client.connection import Connection
from tickcast.client.encoding import readable
from tickcast.client.errors import StreamRefusedError
from tickcast.client.reconnect import refusal
from tickcast.client.tokens import bearer

_LONG, _SHORT = 15_500, 7_000
"""Bytes of the list in a query: gateways take 16 KiB, many proxies 8 KiB of a request line."""


_BODY = 60_000
"""Bytes of the list in a body: gateways take 64 KiB."""

_NOT_TAKEN = (405, 501)
"""Answers to a method that a server does not know, whoever gives them."""


class Request(NamedTuple):
    """What a stream is asked for with."""

    method: str

    query: str
    body: bytes
    """Empty: the query says it all, by GET; else this does, by QUERY."""
    included: list[str]
    """The entries that are in it: the others have to be added to the open stream."""


class Requests:
    """The requests for a stream: parameters that stay, and as much of a list as fits.

    A list that is long for a query goes in a body. Where that does not get through, it goes in the query, and
    in a shorter one after 414.
    """

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = dict(params)
        self._most = _LONG
        self._may_have_body = True
        self._has_body = False
        """The newest request had one."""
        self._is_proved = False
        """A stream was opened by a body."""

    def of(self, entries: Sequence[str]) -> Request:
        """Return the next request."""
        self._has_body = self._may_have_body and len(_fitting(entries, _SHORT)) < len(entries)
        if self._has_body:
            included = _fitting(entries, _BODY, marks=3)
            params: dict[str, object] = {**self._params, "interval": int(self._params.get("interval", 0))}
            if bars := self._params.get("bars"):
                params["bars"] = bars.split(",")
            return Request("QUERY", "", orjson.dumps(params | {"symbols": included}), included)
        included = _fitting(entries, self._most)
        query = urlencode(self._params | {"symbols": ",".join(included)}, safe=",*/:")
        return Request("GET", query, b"", included)

    def opened(self) -> None:
        """Note that the newest request has opened a stream."""
        self._is_proved = self._is_proved or self._has_body

    def unanswered(self) -> None:
        """Note that the newest request got no answer: perhaps something on the way takes no body, or any."""
        if not self._is_proved:
            self._may_have_body = not self._may_have_body

    def otherwise(self, status: int, is_problem: bool) -> bool:
        """Return whether the newest request, which got this answer, is to be sent otherwise, at once."""
        if self._has_body:
            self._may_have_body = is_problem and status not in _NOT_TAKEN
            return not self._may_have_body
        is_long = self._most > _SHORT
        if status == 414:
            self._most = _SHORT
        return status == 414 and is_long


def head_of(token: str, cursor: bytes, body: bytes) -> dict[str, str]:
    """Return the fields of a request for a stream that goes on after a cursor, if there is one."""
    fields = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    fields |= {"Accept-Encoding": readable(), **bearer(token)}
    if cursor:
        fields["Last-Event-ID"] = cursor.decode("latin-1")
    if body:
        fields["Content-Type"] = "application/json"
    return fields


def _fitting(entries: Sequence[str], most: int, marks: int = 0) -> list[str]:
    """Return the first entries whose list has at most so many bytes in a query, or with `marks` each."""
    included: list[str] = []
    for entry in entries:
        most -= len(entry) + marks if marks else len(urlencode({"": entry}, safe="*/:"))
        if most < 0 and included:
            break
        included.append(entry)
    return included


def is_problem(answer: Connection) -> bool:
    """Tell whether an answer is a problem document: of a gateway, and not of something on the way to it."""
    return answer.headers.get("content-type", "").startswith("application/problem+json")


def refusal_of(answer: Connection, way: str) -> StreamRefusedError:
    """Return the error for an answer that is no stream; `way` names the proxy."""
    if 300 <= answer.status < 400:
        where = answer.headers.get("location", "another address")[:200]
        return StreamRefusedError(f"HTTP {answer.status}: it has moved to {where}", answer.status)
    error = refusal(answer.status, answer.body)
    return StreamRefusedError(f"{error}{way}", answer.status)
