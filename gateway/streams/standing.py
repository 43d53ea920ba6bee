"""Where a returning client stands, for events of its replay that this gateway heard in another order.

The cursor of an event says how far this gateway had come in every partition when the event came. A client
from a gateway that heard the partitions in another order may be further than that in another partition. Cut
off at such an event, it would come back with a cursor behind what it has, and would be sent that twice.
"""

from functools import lru_cache
from operator import ge

from tickcast.gateway.protocol.sse import cursor_of, with_cursor
from tickcast.gateway.store.ring import Ring
from tickcast.wire.cursor import decode_cursor, encode_prefix

_decoded = lru_cache(maxsize=256)(decode_cursor)
"""Clients that come back together stand near each other, and are sent events of the same batches."""


class Standing:
    """The cursor that a client came with, and the cursors of the events that it is sent behind that."""

    __slots__ = ("_came", "_made", "_prefix", "_ring", "is_inside")

    def __init__(self, ring: Ring, cursor: str) -> None:
        self._ring = ring
        self._prefix, dot, _ = cursor.partition(".")
        self._came = _decoded(self._prefix)
        self._made = "", ""
        """Prefix of the newest event's own cursor, and the one it is sent with: a batch's events share it."""
        self.is_inside = bool(dot)
        """Whether the client may have its newest batch in part."""

    @property
    def partition(self) -> int:
        """The partition of the client's newest batch."""
        return self._came.partition

    @property
    def batch_end(self) -> int:
        """Number of the last item of the batch that the client has in part; 0: it has the whole batch."""
        return self._ring.last_of(self._came) if self.is_inside else 0

    def is_ahead(self, event: bytes) -> bool:
        """Tell whether this client is further in any partition than the cursor of an event.

        Events come in the order of their numbers: where one is not behind, none after it is.
        """
        own, came = _decoded(cursor_of(event).partition(".")[0]), self._came
        return own.epoch != came.epoch or not all(map(ge, own.positions, came.positions))

    def in_batch(self, event: bytes) -> bytes:
        """Return an event of the batch that the client has in part, with the client's own standing."""
        _, dot, place = cursor_of(event).partition(".")
        return with_cursor(event, self._prefix + dot + place)

    def raised(self, event: bytes) -> bytes:
        """Return an event with a cursor that is nowhere behind the client, which has its batch whole."""
        own, dot, place = cursor_of(event).partition(".")
        if own != self._made[0]:
            cursor = _decoded(own)
            positions = self._ring.highest(cursor, self._came)
            self._made = own, encode_prefix(self._came.epoch, positions, cursor.partition)
        return with_cursor(event, self._made[1] + dot + place)
