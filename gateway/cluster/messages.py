"""Messages between gateways, over Redis: a request to change a stream, its reply, and a ping. Pure.

A head in ASCII, `VERSION KIND ...`, up to the first line end; behind it a body in JSON. A stream is
named by the digest of its token, so that a listener does not learn the token, which is the right to
change the stream.
"""

import re
from typing import NamedTuple

import orjson

from tickcast.gateway.streams.patch import MAX_BODY

VERSION = b"1"
MAX_HEAD = 256
MAX_REPLY = 768 * 1024
"""Bytes of a reply: MAX_SELECTION symbols of 64 characters, and some more."""

MAX_DETAIL = 2000
"""Characters of the detail of a reply."""

STATUSES = (200, 400, 404, 429, 503)
"""Statuses of a reply: changed, refused, no such stream, beyond the client's share, beyond the gateway's."""

GATEWAY = r"[A-Za-z0-9._-]{1,64}"
"""The id of a gateway, as a regular expression."""

PING = VERSION + b" ping\n"
"""Sent by a gateway to itself, to prove that its channel works."""

_REQUEST = re.compile(rb"1 ask ([0-9a-f]{16}) (" + GATEWAY.encode("ascii") + rb") ([0-9a-f]{64})")
_REPLY = re.compile(rb"1 answer ([0-9a-f]{16}) ([0-9]{3})")


class MessageError(ValueError):
    """Not a message between gateways."""


class PatchRequest(NamedTuple):
    """Asks the gateway that has a stream to change it."""

    number: bytes
    """16 hex digits that the reply repeats."""
    sender: str
    """Id of the gateway that waits for the reply."""
    digest: bytes
    """SHA-256 of the stream's token."""
    body: bytes
    """The body of the client's PATCH."""


class PatchReply(NamedTuple):
    """The outcome of a change."""

    number: bytes
    status: int
    """One of STATUSES."""
    entries: list[str]
    """The stream's list after the change (200)."""
    detail: str
    """What was wrong, or too much (400, 429, 503)."""


def encode_request(request: PatchRequest) -> bytes:
    """Return the message that asks for a change."""
    head = (
        VERSION,
        b"ask",
        request.number,
        request.sender.encode("ascii"),
        request.digest.hex().encode("ascii"),
    )
    return b" ".join(head) + b"\n" + request.body


def encode_reply(reply: PatchReply) -> bytes:
    """Return the message that answers a request."""
    body = {"entries": reply.entries, "detail": reply.detail[:MAX_DETAIL]}
    return b"%b answer %b %d\n%b" % (VERSION, reply.number, reply.status, orjson.dumps(body))


def decode_message(data: bytes) -> PatchRequest | PatchReply | None:
    """Return the request or the reply in a message, None for a ping. Raises MessageError."""
    if data == PING:
        return None
    end = data.find(b"\n", 0, MAX_HEAD)
    head, body = data[: max(end, 0)], data[end + 1 :]
    if (request := _REQUEST.fullmatch(head)) and len(body) <= MAX_BODY:
        return PatchRequest(
            request[1], request[2].decode("ascii"), bytes.fromhex(request[3].decode("ascii")), body
        )
    if (reply := _REPLY.fullmatch(head)) and len(body) <= MAX_REPLY:
        return PatchReply(reply[1], _status(int(reply[2])), *_outcome(body))
    raise MessageError(f"no message between gateways: {data[:40]!r}")


def _status(status: int) -> int:
    if status not in STATUSES:
        raise MessageError(f"a reply with status {status}")
    return status


def _outcome(body: bytes) -> tuple[list[str], str]:
    try:
        document = orjson.loads(body)
        entries, detail = document["entries"], document["detail"]
    except (ValueError, TypeError, KeyError) as error:
        raise MessageError(f"a reply that cannot be read: {error!r}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise MessageError("a reply without a list of entries")
    if not isinstance(detail, str) or len(detail) > MAX_DETAIL:
        raise MessageError("a reply whose detail is not text, or too long")
    return entries, detail
