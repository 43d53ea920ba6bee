"""The names of all keys and channels of one feed in Redis.

Every name has the feed's name in it, so that feeds on one Redis never hear each other: channels do not know
the number of a database. All names of one partition share a hash tag, so they are in the same slot of a Redis
Cluster and one script may use them together.
"""

import re
from dataclasses import dataclass

FEED = re.compile("[a-z0-9-]{1,32}")
"""What a feed may be called."""


@dataclass(frozen=True, slots=True)
class FeedNames:
    """The names of one feed."""

    feed: str
    """Name of the feed, as FEED allows it."""

    def live(self, partition: int) -> str:
        """Channel: every batch when it is written, and a heartbeat every second."""
        return self._of(partition, "live")

    def log(self, partition: int) -> str:
        """Stream: the same batches, kept for the retention time."""
        return self._of(partition, "log")

    def ended_log(self, partition: int) -> str:
        """Stream: for a minute at most, the log of the epoch before, until the next publisher has read it."""
        return self._of(partition, "log:ended")

    def last(self, partition: int) -> str:
        """Hash: symbol -> JSON of its newest tick."""
        return self._of(partition, "last")

    def symbols(self, partition: int) -> str:
        """Hash: symbol -> JSON of its instrument."""
        return self._of(partition, "symbols")

    def bars(self, partition: int) -> str:
        """Hash: bar key (`wire.bar.bar_key`) -> JSON of the newest bar, which may still change.

        The final bars before it are in the list `bar_list`.
        """
        return self._of(partition, "bars")

    def bar_list(self, partition: int, key: bytes) -> bytes:
        """List: JSON of the final bars of a bar key, oldest first."""
        return b"%b:%b" % (self.bars(partition).encode("ascii"), key)

    def meta(self, partition: int) -> str:
        """Hash: epoch and newest id of the log; fencing token, newest batch number and source of its writer.

        `before` is the source before this one, until the symbols are retired that only that source has.
        `trouble` is "full" while Redis refuses batches because it is full; else there is no such field.
        `in` is the id of the newest entry of the inbox that the writer has read, if it reads one.
        """
        return self._of(partition, "meta")

    def inbox(self, partition: int) -> str:
        """Stream: what producers hand in (`wire.inbox`). An entry leaves it when its ticks are published."""
        return self._of(partition, "in")

    def held(self, partition: int) -> str:
        """Hash: bytes that hand_in.lua counts in the inbox, as `all`, and as `by ID` for each producer."""
        return self._of(partition, "in:held")

    def requests(self, partition: int) -> str:
        """Hashes, two with a time to live: what is known of requests that handed in over HTTP.

        Each name goes on with a colon and the number of its ten minutes since 1970.
        """
        return self._of(partition, "in:requests")

    def producers(self, partition: int) -> str:
        """Hash: a producer's id -> its newest number and what was taken from it (`wire.producer`)."""
        return self._of(partition, "producers")

    def rejects(self, partition: int) -> str:
        """List: JSON of the newest lines that were handed in and refused, newest first."""
        return self._of(partition, "rejects")

    def orders(self, partition: int) -> str:
        """Stream: what an operator orders the leader, until it is done (`tickcast symbols`)."""
        return self._of(partition, "orders")

    def fence(self, partition: int) -> str:
        """String: the newest fencing token of a partition. Each token is larger than all before it."""
        return self._of(partition, "fence")

    def lease(self, partition: int) -> str:
        """String with a time to live: the name of the publisher that leads a partition.

        Where one publisher leads all partitions, that of partition 0 stands for all.
        """
        return self._of(partition, "lease")

    def publishers(self) -> str:
        """Hash: publisher that shares the feed -> when it joined and was last seen, and its source."""
        return self._of(0, "publishers")

    def revoked(self) -> str:
        """Hash: subject of tokens -> when it was revoked, in s since 1970; the empty field is a revision."""
        return self._of(0, "revoked")

    def gateway(self, gateway_id: str) -> str:
        """Channel: messages from other gateways to this gateway."""
        return self._of(0, f"gateway:{gateway_id}")

    def gateways(self) -> str:
        """Hash: gateway id -> JSON summary of that gateway, renewed every few seconds."""
        return self._of(0, "gateways")

    def uses(self, what: str) -> str:
        """Hash: what is used of each gateway: of its streams, or of its work (`wire.gateway_list`)."""
        return self._of(0, f"uses:{what}")

    def _of(self, partition: int, what: str) -> str:
        return f"{{tickcast:{self.feed}:{partition}}}:{what}"


@dataclass(frozen=True, slots=True)
class DelayedNames(FeedNames):
    """The names of a delayed feed, as its delayer uses them: what waits is in reach of no producer."""

    def inbox(self, partition: int) -> str:
        """Stream: what waits until it is due (`publisher/delay/entries.py`)."""
        return self._of(partition, "in:late")

    def held(self, partition: int) -> str:
        """Hash: bytes that wait, as `all`."""
        return self._of(partition, "in:late:held")

    def copied(self, partition: int) -> str:
        """String: epoch and id up to which the other feed is copied, and the newest entry that waits."""
        return self._of(partition, "in:late:copied")

    def clock(self, partition: int) -> str:
        """String: what the newest delayer knows of the other feed's clock (`publisher/delay/clock.py`)."""
        return self._of(partition, "in:late:clock")


_DELAYED = re.compile(r"-d([0-9]{1,9})(s|ms)?\Z")


def delay_of(feed: str) -> int:
    """Return by how many ms a feed is delayed, as its name says; 0: it is not."""
    found = _DELAYED.search(feed)
    return int(found[1]) * {None: 60_000, "s": 1000, "ms": 1}[found[2]] if found else 0


def delayed_feed(feed: str, delay: int) -> str:
    """Return the name of the feed that is `feed` some ms later: `main-d15` for a quarter of an hour.

    What is no whole number of minutes is named by seconds, `main-d90s`, or ms, `main-d1500ms`.
    Raises ValueError.
    """
    if delay % 60_000 == 0:
        name = f"{feed}-d{delay // 60_000}"
    elif delay % 1000 == 0:
        name = f"{feed}-d{delay // 1000}s"
    else:
        name = f"{feed}-d{delay}ms"
    if not FEED.fullmatch(name):
        raise ValueError(f"a feed {name} would have too long a name; at most 32 characters are allowed")
    return name


OLD_META = "{tickcast:0}:meta"
"""Hash of the one feed that a Redis could hold before feeds had names."""

KEY = re.compile(rb"\{tickcast:(?:(?P<feed>[a-z0-9-]{1,32}):)?[0-9]{1,3}\}:.+", re.DOTALL)
"""A key or channel of any feed; one of the old form names no feed."""

ANY = "{tickcast:*}:*"
"""Pattern of all keys of all feeds, for SCAN; KEY tells which are some."""

MAIN = FeedNames("main")
"""The names of the feed that is called `main`, as a feed is by default."""
