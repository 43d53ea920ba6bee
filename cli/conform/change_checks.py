"""Checks of what is left: changes of an open stream, and every event that came meanwhile."""

from tickcast.cli.conform.checks import check
from tickcast.cli.conform.outcome import Deviation, Unchecked
from tickcast.cli.conform.schema import fault
from tickcast.cli.conform.subject import Subject, hello_of, json_of
from tickcast.gateway.protocol.event_schemas import EVENTS


@check(
    "patch", "PATCH changes an open stream: symbols says so there, and a snapshot of what was added follows"
)
async def patch(subject: Subject) -> str:
    """Add a symbol, and drop it."""
    if len(subject.symbols) < 2:
        raise Unchecked("it needs two symbols")
    kept, other = subject.symbols[:2]
    async with subject.stream(symbols=kept, interval="0") as line:
        stream = (await hello_of(line)).get("stream")
        await line.expect("snapshot")
        for change, entries in (("add", [kept, other]), ("drop", [kept])):
            answer = await subject.ask("PATCH", f"/v1/streams/{stream}", json={change: [other]})
            document = json_of(answer)
            if answer.status_code != 200:
                raise Deviation(f"{change} is answered {answer.status_code}")
            if not isinstance(document, dict) or sorted(document.get("symbols") or ()) != sorted(entries):
                raise Deviation(f"after {change} the answer does not name the whole new list")
            told = (await line.expect("symbols")).data
            member = "added" if change == "add" else "dropped"
            if not isinstance(told, dict) or told.get(member) != [other]:
                raise Deviation(f"the event symbols does not say what was {member}")
            if change == "add":
                ticks = (await line.expect("snapshot")).data
                if other not in [tick.get("S") for tick in ticks if isinstance(tick, dict)]:
                    raise Deviation("the snapshot lacks the symbol that was added")
    return "added and dropped"


@check("events", "the data of every event is JSON in one line, and as its schema says")
async def events(subject: Subject) -> str:
    """Look at every event of every stream of this run."""
    count, unknown = 0, set()
    for heard in subject.heard:
        for told in heard:
            count += 1
            if told.data is None and told.raw != "null":
                raise Deviation(f"the data of {told.name} is no JSON: {told.raw[:60]!r}")
            if "\n" in told.raw:
                raise Deviation(f"the data of {told.name} has several lines")
            if told.name not in EVENTS:
                unknown.add(told.name)
            elif words := fault(told.data, EVENTS[told.name], told.name):
                raise Deviation(words)
    if not count:
        raise Unchecked("no event came")
    more = f"; unknown to this version: {', '.join(sorted(unknown))[:100]}" if unknown else ""
    return f"{count} events of {len(subject.heard)} streams{more}"
