"""Checks of streams: how they begin, what stands in them, and when they are silent."""

import asyncio
import time
from collections import Counter, defaultdict

from tickcast.cli.conform.checks import check
from tickcast.cli.conform.line import OPENING
from tickcast.cli.conform.outcome import Deviation, Unchecked
from tickcast.cli.conform.subject import NOBODYS, Subject, hello_of, key, ticking

LATE = 1.5
"""Seconds that a heartbeat may be later than `hello` says: the way and a busy machine take theirs."""


@check(
    "hello-first", "the first event of a stream is hello, within 5 s and behind a retry line with its value"
)
async def hello_first(subject: Subject) -> str:
    """See how a stream begins."""
    began = time.monotonic()
    async with subject.stream(symbols=subject.wanted()) as line:
        first = await line.take(lambda _: True, OPENING)
        if first is None:
            raise Deviation(f"nothing came within {OPENING:g} s: something on the way holds the stream back")
        if first.name != "hello" or not isinstance(first.data, dict):
            raise Deviation(f"the first event is {first.name}")
        if first.retry is None or first.retry != first.data.get("retry"):
            raise Deviation(f"its retry line says {first.retry}, hello {first.data.get('retry')}")
        return f"hello came after {first.at - began:.2f} s"


@check(
    "retry-spread",
    "retry differs from client to client, so that those cut off together do not return together",
)
async def retry_spread(subject: Subject) -> str:
    """Open a few streams."""

    async def one() -> int:
        async with subject.stream(symbols=subject.wanted(), snapshot="false") as line:
            return int((await hello_of(line)).get("retry") or 0)

    waits = await asyncio.gather(*(one() for _ in range(4)))
    if len(set(waits)) == 1:
        raise Deviation(f"four clients were all told {waits[0]} ms")
    return f"between {min(waits)} and {max(waits)} ms"


@check(
    "stream-headers", "a stream is no-store and no-transform, so that no cache keeps it and no proxy packs it"
)
async def stream_headers(subject: Subject) -> str:
    """Read the fields of a stream."""
    async with subject.stream(symbols=subject.wanted()) as line:
        said = line.response.headers.get("cache-control", "")
    lacking = {"no-store", "no-transform"} - {each.strip() for each in said.lower().split(",")}
    if lacking:
        raise Deviation(f"Cache-Control is {said or 'missing'} and lacks {', '.join(sorted(lacking))}")
    return said


@check("cursors", "at interval 0 each tick has an id of its own, of at most 256 bytes")
async def cursors(subject: Subject) -> str:
    """Look at the ids of ticks."""
    async with subject.stream(symbols=subject.wanted(), interval="0") as line:
        if (await hello_of(line)).get("interval"):
            raise Unchecked("interval 0 is not granted")
        ticks = await ticking(line, 5, subject.seconds)
        await line.listen(1.0)
        ticks = [event for event in line.events if event.name == "tick"]
    without = [each for each in ticks if not each.cursor]
    if without:
        raise Deviation(f"{len(without)} of {len(ticks)} ticks have no id")
    if len({each.cursor for each in ticks}) < len(ticks):
        raise Deviation("two ticks have the same id")
    longest = max(len(each.cursor) for each in ticks)
    if longest > 256:
        raise Deviation(f"an id has {longest} bytes")
    return f"{len(ticks)} ticks, ids of at most {longest} bytes"


@check("snapshot", "a snapshot comes first; of each symbol in it the next tick has the next q")
async def snapshot(subject: Subject) -> str:
    """Compare what comes first with what comes next."""
    async with subject.stream(symbols=subject.wanted(), interval="0") as line:
        hello = await hello_of(line)
        held: dict[str, int] = {}
        await line.expect("snapshot")
        await ticking(line, 1, subject.seconds)
        await line.listen(1.0)
    for event in line.events:
        if event.name == "snapshot" and isinstance(event.data, list):
            held |= {str(each["S"]): int(each["q"]) for each in event.data if {"S", "q"} <= {*each}}
        elif event.name == "tick":
            symbol, q = key(event)
            if symbol not in held:
                raise Deviation(f"the snapshot lacks {symbol}, whose next tick has q {q}")
            if not hello.get("interval") and q != held[symbol] + 1:
                raise Deviation(f"of {symbol} came q {held[symbol]}, then {q}")
            held[symbol] = q
        elif event.name in ("gap", "retired"):
            raise Unchecked(f"{event.name} came in between")
    return f"{len(held)} symbols, and what followed fits"


@check("heartbeat", "a silent stream has a heartbeat within the time that hello names, with its cursor")
async def heartbeat(subject: Subject) -> str:
    """Open a stream of a symbol that nobody publishes."""
    try:
        async with subject.stream(symbols=NOBODYS, heartbeat="1000") as line:
            bound = int((await hello_of(line)).get("heartbeat") or 5000) / 1000
            await line.take(lambda event: event.name == "snapshot", 1.0)
            began = line.events[-1].at
            told = await line.take(lambda event: event.name == "heartbeat", bound + LATE)
    except Deviation as deviation:
        if "answered 403" in str(deviation):
            raise Unchecked("the token allows no symbol that is silent") from None
        raise
    if told is None:
        raise Deviation(f"none came in {bound + LATE:g} s of silence; hello says {bound:g} s")
    return f"after {told.at - began:.1f} s; hello says {bound:g} s"


@check(
    "interval", "an interval is granted as written: raised to the next step, never lowered; hello tells it"
)
async def interval(subject: Subject) -> str:
    """Ask for intervals."""
    granted = {}
    for asked, least in ((60, 100), (250, 250), (60_000, 60_000)):
        async with subject.stream(symbols=subject.wanted(), interval=str(asked)) as line:
            got = granted[asked] = (await hello_of(line)).get("interval")
        if not isinstance(got, int) or got < least:
            raise Deviation(f"{asked} ms were asked for and {got} granted; {least} is the next step")
    return ", ".join(f"{asked} → {got}" for asked, got in granted.items())


@check("conflation", "with an interval each symbol has at most one tick in that time")
async def conflation(subject: Subject) -> str:
    """Count ticks of a stream with an interval."""
    async with subject.stream(symbols=subject.wanted(), interval="500") as line:
        granted = max(500, int((await hello_of(line)).get("interval") or 0)) / 1000
        await line.expect("snapshot")
        began = time.monotonic()
        await ticking(line, 1, subject.seconds)
        await line.listen(2.0)
        spent = time.monotonic() - began
    counts = Counter(key(event)[0] for event in line.events if event.name == "tick")
    most = max(counts.values())
    # Two more: what came just before and just after.
    if most > spent / granted + 2:
        raise Deviation(f"{most} ticks of one symbol came in {spent:.1f} s at {granted * 1000:g} ms")
    return f"at most {most} ticks of a symbol in {spent:.1f} s"


@check("format-array", "with format=array ticks come as arrays, in ticks events, and none by itself")
async def format_array(subject: Subject) -> str:
    """Ask for arrays."""
    async with subject.stream(symbols=subject.wanted(), format="array") as line:
        await line.expect("snapshot")
        told = await line.take(lambda event: event.name in ("tick", "ticks"), subject.seconds)
    if told is None:
        raise Unchecked(f"no tick came within {subject.seconds:g} s")
    if told.name == "tick":
        raise Deviation("a tick came by itself")
    return "ticks come as arrays"


@check("gap-told", "no tick is missing or comes twice on a stream of every tick, unless gap says so")
async def gap_told(subject: Subject) -> str:
    """Follow a stream of every tick."""
    async with subject.stream(symbols=subject.wanted(), interval="0") as line:
        if (await hello_of(line)).get("interval"):
            raise Unchecked("interval 0 is not granted")
        await ticking(line, 1, subject.seconds)
        await line.listen(subject.listens)
    last: dict[str, int] = {}
    steps: dict[str, int] = defaultdict(int)
    for event in line.events:
        if event.name in ("gap", "retired"):
            last.clear()
        elif event.name == "tick":
            symbol, q = key(event)
            if symbol in last and q != last[symbol] + 1:
                raise Deviation(f"of {symbol} came q {last[symbol]}, then {q}, and no gap")
            last[symbol] = q
            steps[symbol] += 1
    return f"{sum(steps.values())} ticks of {len(steps)} symbols without a hole"
