"""Hash slots of Redis Cluster: the slot of a key, and the node of a slot."""

from binascii import crc_hqx
from typing import Any

from tickcast.runtime.redis.address import Host

SLOTS = 16384
"""Slots of every cluster."""


def slot_of(key: str) -> int:
    """Return the slot of a key: that of the text in its first braces, if there is any."""
    begin = key.find("{")
    end = key.find("}", begin + 1)
    tag = key[begin + 1 : end] if begin >= 0 and end > begin + 1 else key
    return crc_hqx(tag.encode("utf-8"), 0) % SLOTS


def read_slots(reply: Any, asked: Host) -> list[Host | None]:
    """Return the master of each slot from the answer to CLUSTER SLOTS; None where no node holds it.

    `asked` is the node that answered: it may not know its own name. Raises ValueError.
    """
    holders: list[Host | None] = [None] * SLOTS
    try:
        for first, last, (name, port, *_), *_replicas in reply:
            host = Host(name.decode("ascii") if name and name != b"?" else asked.name, int(port))
            holders[first : last + 1] = [host] * (last + 1 - first)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{asked.name}:{asked.port} does not say who holds the slots: {error}") from None
    if len(holders) != SLOTS:
        raise ValueError(f"{asked.name}:{asked.port} names slots that do not exist")
    return holders
