"""The feed: who leads it, how old it is, how many symbols it has, and what the clocks show. Pure."""

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked, warning
from tickcast.cli.doctor.redis_facts import RedisFacts
from tickcast.cli.words import span
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.bounds import MAX_SYMBOLS

OF_FEED = ("feed-written", "feed-leader", "feed-age", "feed-symbols", "clock-here")
"""Checks of this file."""

MAX_AGE = 5.0
"""Seconds since the newest heartbeat, which comes once a second, after which the publisher is not there."""

MANY = 0.8
"""Part of the symbols that a feed may have from which on there are nearly too many."""

CLOCK = 2.0
"""Seconds that this machine's clock and Redis's may be apart."""


def judge_feed(facts: RedisFacts, feed: str) -> list[Finding]:
    """Judge the feed of a name."""
    clock = judge_clock(facts.ahead)
    if not facts.partitions:
        missing = fault(
            "feed-written",
            f"Redis holds no feed called {feed}",
            "start its publisher; if it has another name, say --feed: tickcast feeds lists all",
        )
        rest = [name for name in OF_FEED if name not in ("feed-written", "clock-here")]
        return [missing, *unchecked(rest, "there is no such feed"), clock]
    written = ok("feed-written", f"Redis holds {feed}, cut into {len(facts.partitions)} partitions")
    return [written, judge_leader(facts), judge_age(facts), judge_symbols(facts), clock]


def judge_unread_feed(error: LinkError) -> list[Finding]:
    """Judge a feed that Redis did not tell of."""
    if error.failure is not Failure.WRONG_TYPE:
        return unchecked(OF_FEED, error.reason)
    spoilt = fault("feed-written", f"{error.reason} ({error})", error.hint)
    return [spoilt, *unchecked([name for name in OF_FEED if name != "feed-written"], error.reason)]


def judge_leader(facts: RedisFacts) -> Finding:
    """Judge whether a publisher leads each partition."""
    leaders = [each.leader for each in facts.partitions]
    if not facts.publishers:
        # One leads all of them, by the lease of the first.
        leaders = leaders[:1]
    without = [str(number) for number, leader in enumerate(leaders) if not leader]
    if not without:
        return ok("feed-leader", f"{', '.join(sorted(set(leaders)))} leads")
    what = "no publisher leads the feed"
    if len(without) < len(leaders):
        what = f"no publisher leads {len(without)} of {len(leaders)} partitions: {', '.join(without[:16])}"
    return fault("feed-leader", what, "start a publisher, or see in the log of one why it does not lead")


def judge_age(facts: RedisFacts) -> Finding:
    """Judge how long ago the publisher wrote to each partition."""
    if any(each.is_full for each in facts.partitions):
        return fault(
            "feed-age",
            "Redis is full, and refuses what the publisher writes",
            "raise maxmemory, or let the publisher keep less (TICKCAST_RETENTION_BYTES)",
        )
    oldest = min(each.sent for each in facts.partitions)
    age = (facts.now - oldest) / 1e6
    if age <= MAX_AGE:
        return ok("feed-age", f"the publisher wrote {max(0.0, age):.1f} s ago")
    return fault(
        "feed-age",
        f"the publisher wrote to a partition {span(age)} ago" if oldest else "it was never written to",
        "start the publisher; if it runs, its log says what keeps it from writing",
    )


def judge_symbols(facts: RedisFacts) -> Finding:
    """Judge how near the feed is to the most symbols that it may have."""
    count = sum(each.symbols for each in facts.partitions)
    what = f"the feed has {count:,} of at most {MAX_SYMBOLS:,} symbols"
    if count >= MANY * MAX_SYMBOLS:
        return warning(
            "feed-symbols",
            what,
            "let symbols leave (TICKCAST_RETIRE_AFTER, tickcast symbols retire), or split the feed",
        )
    return ok("feed-symbols", what)


def judge_clock(ahead: float) -> Finding:
    """Judge how far Redis's clock is ahead of this machine's, in seconds."""
    if abs(ahead) <= CLOCK:
        return ok("clock-here", f"this machine's clock and Redis's are {abs(ahead):.1f} s apart")
    return warning(
        "clock-here",
        f"Redis's clock is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's",
        "let both machines follow a time server (NTP)",
    )
