"""A grant: what somebody may see and hand in. Pure.

Any program may make grants by a callable of its own; `claims.py` makes them of tokens.
"""

from math import ceil
from types import NoneType
from typing import Any, NamedTuple

import orjson


class Grant(NamedTuple):
    """What a subject may do, until it expires."""

    subject: str
    """Who it is: streams of one subject count together, and only it may change them."""
    symbols: tuple[str, ...]
    """Symbols that may be read, by name or as `B*`; `*` is all, and none is nothing."""
    interval: int = 0
    """Least interval of a stream, in ms; 0: every tick."""
    streams: int | None = None
    """Streams open at once, at most; None: as many as the gateway allows."""
    delay: float = 0
    """Minutes by which prices are late; 0: they are live."""
    publish: tuple[str, ...] = ()
    """Symbols that may be handed in, described and retired, like `symbols`; none: nothing."""
    expires: float | None = None
    """Seconds since the epoch; None: never."""
    issued: float | None = None
    """When its token was issued, in seconds since the epoch, for a revocation; None: nobody knows."""
    key: str = ""
    """Digest of the key that proved it: a stream ends when that key is removed. Empty: no key did."""
    operator: bool = False
    """Whether it may see what only operators may: whose streams there are, and what everybody reads."""

    @property
    def delay_ms(self) -> int:
        """Whole ms by which prices are late, at least; 0: they are live."""
        if not self.delay:
            return 0
        # 0.27 minutes are 16,200 ms, although no float is 0.27.
        return max(ceil(round(self.delay * 60_000, 6)), 1 if self.delay > 0 else 0)


_NUMBER = (int, float)
_MAYBE = (int, float, NoneType)
_KINDS: tuple[tuple[type, ...], ...] = (
    (str,), (tuple,), (int,), (int, NoneType), _NUMBER, (tuple,), _MAYBE, _MAYBE, (str,), (bool,),
)  # fmt: skip
"""Of each field."""


def encode_grant(grant: Grant) -> bytes:
    """Return a grant as JSON, for another gateway."""
    return orjson.dumps(grant._asdict())


def decode_grant(text: bytes) -> Grant:
    """Return the grant that another gateway has sent. Raises ValueError."""
    try:
        fields: dict[str, Any] = orjson.loads(text)
        fields |= {name: tuple(fields[name]) for name in ("symbols", "publish")}
        grant = Grant(**fields)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no grant: {error!r}"[:200]) from None
    for name, value, kinds in zip(Grant._fields, grant, _KINDS, strict=True):
        # In Python, true is a number.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"no grant: {name} is of another kind")
    if not all(isinstance(entry, str) for entry in (*grant.symbols, *grant.publish)):
        raise ValueError("no grant: its symbols are no texts")
    return grant


class Refused(Exception):  # noqa: N818 - the word of its public name
    """Somebody may not do this: 401 where nobody has said who it is, 403 where that one may not."""

    def __init__(self, status: int, why: str, code: str = "") -> None:
        """`code` is the error of RFC 6750, section 3.1, if a token came."""
        super().__init__(why)
        self.status = status
        self.why = why
        self.code = code

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields of the answer (RFC 9110, section 11.6.1; RFC 6750, section 3)."""
        if self.status == 503:
            return {"retry-after": "1"}
        if self.status != 401:
            return {}
        said = 'Bearer realm="tickcast"'
        if self.code:
            why = "".join(each if " " <= each <= "~" and each not in '"\\' else "'" for each in self.why)
            said += f', error="{self.code}", error_description="{why}"'
        return {"www-authenticate": said}
