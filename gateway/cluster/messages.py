"""Messages between gateways, over Redis: an ask to change a stream, its reply, and a ping. Pure.

A head in ASCII, `VERSION KIND ... MAC`, up to the first line end; behind it a body in JSON. The MAC is by the
key that the gateways share, and covers all of it: to write into Redis is not enough. A stream is named by the
digest of its token, so that a listener does not learn the token, which is the right to change the stream.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

import orjson

from tickcast.access.grant import Grant, decode_grant, encode_grant
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.streams.stream_ids import ADDRESS

VERSION = b"2"
MAX_HEAD = 2048
MAX_REPLY = 768 * 1024
"""Bytes of a reply: MAX_SELECTION symbols of 64 characters, and some more."""

MAX_GRANT = 64 * 1024
"""Bytes of a grant: 200 symbols of 64 characters and a subject, and much more."""

MAX_DETAIL = 2000
"""Characters of the detail of a reply."""

STATUSES = (200, 400, 403, 404, 429, 503)
"""Statuses of a reply: changed, refused, not allowed, no such stream, beyond a share, beyond all there is."""

PING = VERSION + b" ping\n"
"""Sent by a gateway to itself, to prove that its channel works."""

_MAC = rb" ([0-9a-f]{64})"
_ASK = re.compile(
    rb"(2 ask ([0-9a-f]{16}) (%b) ([0-9]{1,16}) ([0-9a-f]{64})%b)%b"
    % (
        ADDRESS.encode("ascii"),
        rb"(?: ([\w-]{1,1400})(?: \+([0-9]{1,5}))?)?(?: @([0-9]{1,16}))?",
        _MAC,
    )
)
_REPLY = re.compile(rb"(2 answer ([0-9a-f]{16}) ([0-9]{3}))%b" % _MAC)


class MessageError(ValueError):
    """Not a message between gateways."""


class Ask(NamedTuple):
    """Asks the gateway that has a stream to change it: an ask."""

    number: bytes
    """16 hex digits that the reply repeats."""
    sender: str
    """Address of the gateway that waits for the reply."""
    sent: int
    """When it was sent, ms since 1970 by the sender's clock."""
    digest: bytes
    """SHA-256 of the stream's token."""
    body: bytes
    """The body of the client's PATCH."""
    subject: str = ""
    """Whose token allowed it; empty: nobody asks for tokens."""
    grant: Grant | None = None
    """The grant of a new token, by which the stream goes on; None: it keeps the one that it has."""
    delay: int = 0
    """Milliseconds by which the caller's prices have to be late, at least."""


class PatchReply(NamedTuple):
    """The outcome of a change."""

    number: bytes
    status: int
    """One of STATUSES."""
    entries: list[str]
    """The stream's list after the change (200)."""
    detail: str
    """What was wrong, not allowed, or too much (400, 403, 429, 503)."""


def encode_ask(ask: Ask, key: ClusterKey) -> bytes:
    """Return the message that asks for a change."""
    words = (
        ask.number,
        ask.sender.encode("ascii"),
        b"%d" % ask.sent,
        ask.digest.hex().encode("ascii"),
        # Any text may be a subject.
        *([urlsafe_b64encode(ask.subject.encode("utf-8")).rstrip(b"=")] if ask.subject else []),
    )
    grant = b"" if ask.grant is None else encode_grant(ask.grant)
    renewal = (b"+%d" % len(grant),) if grant else ()
    late = (b"@%d" % ask.delay,) if ask.delay else ()
    return _signed(b" ".join((VERSION, b"ask", *words, *renewal, *late)), grant + ask.body, key)


def encode_reply(reply: PatchReply, key: ClusterKey) -> bytes:
    """Return the message that answers an ask."""
    body = orjson.dumps({"entries": reply.entries, "detail": reply.detail[:MAX_DETAIL]})
    return _signed(b"%b answer %b %d" % (VERSION, reply.number, reply.status), body, key)


def _signed(head: bytes, body: bytes, key: ClusterKey) -> bytes:
    return b"%b %b\n%b" % (head, key.sign(b"message", head, body).hex().encode("ascii"), body)


def decode_message(data: bytes, key: ClusterKey) -> Ask | PatchReply | None:
    """Return the ask or the reply in a message, None for a ping. Raises MessageError.

    A ping has no MAC: it proves that the channel works, whoever sends it.
    """
    if data == PING:
        return None
    end = data.find(b"\n", 0, MAX_HEAD)
    head, body = data[: max(end, 0)], data[end + 1 :]
    if (found := _ASK.fullmatch(head)) and len(body) <= MAX_BODY + MAX_GRANT:
        _check(found, body, key)
        sender, digest = found[3].decode("ascii"), bytes.fromhex(found[5].decode("ascii"))
        length = int(found[7] or 0)
        if len(body) - length > MAX_BODY:
            raise MessageError("the body of a change is too long")
        subject, grant = _subject(found[6] or b""), _grant(body[:length])
        late = int(found[8] or 0)
        return Ask(found[2], sender, int(found[4]), digest, body[length:], subject, grant, late)
    if (found := _REPLY.fullmatch(head)) and len(body) <= MAX_REPLY:
        _check(found, body, key)
        return PatchReply(found[2], _status(int(found[3])), *_outcome(body))
    raise MessageError(f"no message between gateways: {data[:40]!r}")


def _check(found: re.Match[bytes], body: bytes, key: ClusterKey) -> None:
    """Raise MessageError if no gateway with our key has signed this head and body."""
    mac = bytes.fromhex(found[found.re.groups].decode("ascii"))
    if not key.has_signed(mac, b"message", found[1], body):
        raise MessageError("no gateway has signed it with our key")


def _subject(text: bytes) -> str:
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4)).decode("utf-8")
    except ValueError:
        raise MessageError("an ask whose subject is no text") from None


def _grant(text: bytes) -> Grant | None:
    try:
        return decode_grant(text) if text else None
    except ValueError as error:
        raise MessageError(str(error)) from None


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
