"""What is remembered of a producer of one partition, as its text in Redis: `N ID TAKEN REFUSED REPEATED`."""

import re
from typing import NamedTuple

_TEXT = re.compile(rb"(-|[0-9]{1,16}) ([0-9]{1,20})-([0-9]{1,20}) ([0-9]{1,16}) ([0-9]{1,16}) ([0-9]{1,16})")


class Producer(NamedTuple):
    """What was taken from a producer, and the newest number by which a repeated entry is recognised."""

    number: int | None = None
    """The largest `n` of its entries; None while none had a number."""
    newest: tuple[int, int] = (0, 0)
    """Id of its newest entry: ms since 1970, and the number within that ms."""
    taken: int = 0
    """Lines taken."""
    refused: int = 0
    """Lines refused."""
    repeated: int = 0
    """Entries skipped because they had been taken before."""


def encode_producer(producer: Producer) -> bytes:
    """Return the text of a producer."""
    number, (ms, seq), taken, refused, repeated = producer
    return b"%b %d-%d %d %d %d" % (
        b"-" if number is None else b"%d" % number,
        ms,
        seq,
        taken,
        refused,
        repeated,
    )


def decode_producer(text: bytes) -> Producer:
    """Return the producer in a text. Raises ValueError."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a producer: {text[:80]!r}")
    number, *counts = match.groups()
    ms, seq, taken, refused, repeated = map(int, counts)
    return Producer(None if number == b"-" else int(number), (ms, seq), taken, refused, repeated)
