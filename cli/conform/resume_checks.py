"""Checks of clients that come back with a cursor."""

from contextlib import suppress

from tickcast.cli.conform.checks import check
from tickcast.cli.conform.line import Line, Told
from tickcast.cli.conform.outcome import Deviation, Unchecked
from tickcast.cli.conform.subject import Subject, hello_of, json_of, key, ticking

MISSED = 5
"""Ticks that a client misses before it comes back."""


async def _come_back(subject: Subject, parameter: bool) -> str:
    async with subject.stream(symbols=subject.wanted(), interval="0") as line:
        if (await hello_of(line)).get("interval"):
            raise Unchecked("interval 0 is not granted")
        ticks = await ticking(line, 2, subject.seconds)
        cursor = ticks[-1].cursor
        if not cursor:
            raise Deviation("a tick has no id to come back with")
        missed = await ticking(line, MISSED, subject.seconds)
        params = {"lastEventId": cursor} if parameter else {}
        fields = {} if parameter else {"last-event-id": cursor}
        async with subject.stream(fields, symbols=subject.wanted(), interval="0", **params) as back:
            resumed = (await hello_of(back)).get("resumed")
            if resumed not in ("live", "replayed"):
                raise Deviation(f"a cursor of a moment ago is answered with resumed {resumed}")
            await _same(line, back, missed, subject.seconds)
    return f"{resumed}: {MISSED} missed ticks came, once and in order"


async def _same(line: Line, back: Line, missed: list[Told], seconds: float) -> None:
    """Be sure that who came back got what was missed, and goes on as the other stream does."""
    try:
        got = await ticking(back, len(missed), seconds)
    except Unchecked:
        raise Deviation("what was missed did not come") from None
    if any(event.name == "snapshot" for event in back.events):
        raise Deviation("a snapshot came, where only what was missed should")
    for wanted, came in zip(missed, got, strict=True):
        if key(wanted) != key(came):
            raise Deviation(f"{key(wanted)} was missed, and {key(came)} came in its place")
        if wanted.raw != came.raw:
            raise Deviation(f"the tick {key(wanted)} is another one when it is sent again")


@check("resume-exact", "who comes back with Last-Event-ID gets each tick after it, once and in order")
async def resume_exact(subject: Subject) -> str:
    """Come back as EventSource does."""
    return await _come_back(subject, parameter=False)


@check("resume-parameter", "lastEventId in the address does the same, for clients that cannot set the header")
async def resume_parameter(subject: Subject) -> str:
    """Come back by the address."""
    return await _come_back(subject, parameter=True)


@check("resume-unknown", "a cursor that means nothing is no error: hello says reset, and a snapshot follows")
async def resume_unknown(subject: Subject) -> str:
    """Come back with nonsense."""
    for cursor in ("conform", "AQECAwQFBgACAA"):
        fields = {"last-event-id": cursor}
        async with subject.stream(fields, symbols=subject.wanted(), snapshot="false") as line:
            resumed = (await hello_of(line)).get("resumed")
            if resumed != "reset":
                raise Deviation(f"hello says resumed {resumed}")
            await line.expect("snapshot")
    return "reset and a snapshot"


@check(
    "snapshot-cursor", "the cursor of GET /v1/snapshot begins a stream that goes on exactly after its ticks"
)
async def snapshot_cursor(subject: Subject) -> str:
    """Go on from a snapshot."""
    answer = await subject.ask("GET", "/v1/snapshot", params={"symbols": subject.wanted()})
    document = json_of(answer)
    if answer.status_code != 200 or not isinstance(document, dict) or "cursor" not in document:
        raise Deviation(f"GET /v1/snapshot is answered {answer.status_code} without a cursor")
    last: dict[str, int] = {}
    with suppress(KeyError, TypeError):
        last = {tick["S"]: tick["q"] for tick in document["ticks"]}
    fields = {"last-event-id": str(document["cursor"])}
    async with subject.stream(fields, symbols=subject.wanted(), interval="0") as line:
        hello = await hello_of(line)
        if hello.get("resumed") not in ("live", "replayed"):
            raise Deviation(f"hello says resumed {hello.get('resumed')}")
        if hello.get("epoch") != document.get("epoch"):
            raise Deviation(f"its epoch is {document.get('epoch')}, that of hello {hello.get('epoch')}")
        for event in await ticking(line, 2, subject.seconds):
            symbol, q = key(event)
            if symbol in last and q != last[symbol] + 1:
                raise Deviation(f"the snapshot had q {last[symbol]} of {symbol}, the stream goes on with {q}")
            last[symbol] = q
    return f"{len(last)} symbols go on"
