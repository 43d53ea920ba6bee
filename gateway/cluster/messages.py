"""Messages between gateways, over Redis: a change to carry out, what became of it, a sign of life. Pure.

A head in ASCII, `VERSION KIND ...`, up to the first line end; behind it a body in JSON. A stream is
named by the digest of its token, so that nobody who listens learns the right to change it.
"""

import json
import re
from typing import NamedTuple

from tickcast.gateway.streams.patch import MAX_BODY

VERSION = b"1"
MAX_HEAD = 256
MAX_REPLY = 512 * 1024
"""Bytes of an answer: ten thousand symbols of 32 characters, and some more."""

MAX_DETAIL = 2000
"""Characters of what an answer says was wrong."""

STATUSES = (200, 400, 404)
"""What can become of a change where the stream should be."""

GATEWAY = r"[A-Za-z0-9._-]{1,64}"
"""What a gateway's id looks like."""

PING = VERSION + b" ping\n"
"""What a gateway sends itself, to know that its channel works."""

_REQUEST = re.compile(rb"1 ask ([0-9a-f]{16}) (" + GATEWAY.encode("ascii") + rb") ([0-9a-f]{64})")
_REPLY = re.compile(rb"1 answer ([0-9a-f]{16}) ([0-9]{3})")


class MessageError(ValueError):
    """Not a message between gateways."""


class PatchRequest(NamedTuple):
    """Change a stream that you hold."""

    number: bytes
    """16 hex digits that the answer repeats."""
    sender: str
    """Id of the gateway that waits for the reply."""
    digest: bytes
    """Of the stream's token."""
    body: bytes
    """The client's own."""


class PatchReply(NamedTuple):
    """What became of it."""

    number: bytes
    status: int
    """One of STATUSES."""
    entries: list[str]
    """The stream's list after the change (200)."""
    detail: str
    """What was wrong (400)."""


def encode_request(request: PatchRequest) -> bytes:
    """Return it as bytes."""
    head = (
        VERSION,
        b"ask",
        request.number,
        request.sender.encode("ascii"),
        request.digest.hex().encode("ascii"),
    )
    return b" ".join(head) + b"\n" + request.body


def encode_reply(reply: PatchReply) -> bytes:
    """Return it as bytes."""
    body = {"entries": reply.entries, "detail": reply.detail[:MAX_DETAIL]}
    return b"%b answer %b %d\n%b" % (
        VERSION, reply.number, reply.status, json.dumps(body).encode("ascii")
    )  # fmt: skip


def decode_message(data: bytes) -> PatchRequest | PatchReply | None:
    """Return what a message says; None for a sign of life. Raises MessageError."""
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
        raise MessageError(f"an answer with status {status}")
    return status


def _outcome(body: bytes) -> tuple[list[str], str]:
    try:
        document = json.loads(body)
        entries, detail = document["entries"], document["detail"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MessageError(f"an answer that cannot be read: {error!r}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise MessageError("an answer without a list")
    if not isinstance(detail, str) or len(detail) > MAX_DETAIL:
        raise MessageError("an answer whose detail is no text, or too long a one")
    return entries, detail
