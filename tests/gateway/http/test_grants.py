"""Who may read what: no price leaves by any way to somebody who may not have it."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.issuer import IssuerKey
from tests.gateway.http.test_http import problem_of
from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import SYMBOLS, Door, names
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.gateway.protocol.rights import allowed_by, cut
from tickcast.gateway.protocol.selection import Selection, parse_selection

READING = ("/v1/stream", "/v1/snapshot", "/v1/symbols", "/v1/bars/A", "/v1/debug")


@pytest.mark.parametrize("target", READING)
async def test_without_a_token_nothing_is_read(closed: LocalGateway, target: str) -> None:
    answer = await answer_of(closed.url, target)
    assert "a token is needed" in problem_of(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="tickcast"'
    head = await answer_of(closed.url, target, method="HEAD")
    assert head.status == 401
    assert closed.is_empty()
    assert closed.gateway.live.resume.opened == 0


@pytest.mark.parametrize("target", ["/healthz", "/readyz", "/openapi.json", "/asyncapi.json", "/"])
async def test_what_has_no_prices_needs_no_token(closed: LocalGateway, target: str) -> None:
    assert (await answer_of(closed.url, target)).status == 200


@pytest.mark.parametrize("target", READING)
async def test_a_wrong_token_is_refused_and_not_repeated(
    closed: LocalGateway, door: Door, target: str
) -> None:
    wrong = IssuerKey("ES256").token()
    answer = await answer_of(closed.url, target, b"authorization: Bearer " + wrong.encode())
    assert "signature is wrong" in problem_of(answer, 401)
    assert wrong.encode() not in answer.body
    other = door.header("A") + b"\r\n" + door.header("B")
    assert "two tokens that differ" in problem_of(await answer_of(closed.url, target, other), 400)
    # In the query it may stand in logs: it is taken there only where that is set.
    with_query = f"{target}?access_token={door.token('*')}"
    assert "unknown parameter" in problem_of(await answer_of(closed.url, with_query), 400)


async def test_a_token_comes_by_cookie_and_where_it_is_set_by_the_query(
    feeder: Feeder, valkey_url: str, door: Door
) -> None:
    await feeder.tick("A", "B")
    async with local_gateway(valkey_url, auth_parameter=True, **door.settings) as gateway:
        cookie = b"cookie: theme=dark; __Host-tickcast=" + door.token("A").encode()
        for headers, query in (((cookie,), ""), ((), f"?access_token={door.token('A')}")):
            async with asked(gateway.url, f"/v1/stream{query}", *headers) as opened:
                await opened.expect("hello")
                assert await names(opened) == ["A"]


@pytest.mark.parametrize(
    ("granted", "asks", "gets"),
    [
        (["*"], "*", ["A", "B", "BA", "BB", "C"]),
        (["A"], "*", ["A"]),
        (["a"], "*", ["A"]),
        (["B*"], "*", ["B", "BA", "BB"]),
        (["BA", "B"], "B*", ["B", "BA"]),
        (["A", "BA*"], "B*", ["BA"]),
        (["B*"], "BA,B*", ["B", "BA", "BB"]),
        (["A", "B*"], "A,BB", ["A", "BB"]),
        (["C"], "B*", []),
    ],
)
async def test_every_way_of_reading_gives_what_is_allowed_of_what_is_asked(
    closed: LocalGateway, door: Door, granted: list[str], asks: str, gets: list[str]
) -> None:
    header = door.header(*granted)
    target = f"?symbols={quote(asks, safe=',*')}"
    async with asked(closed.url, f"/v1/stream{target}", header) as opened:
        assert (await opened.expect("hello"))["symbols"] == len(gets)
        assert (await names(opened) if gets else []) == gets
    snapshot = json.loads((await answer_of(closed.url, f"/v1/snapshot{target}", header)).body)
    assert [tick["S"] for tick in snapshot["ticks"]] == gets
    answer = await answer_of(closed.url, f"/v1/symbols{target}", header)
    assert [each["S"] for each in json.loads(answer.body)] == gets
    assert answer.headers["cache-control"] == "private, no-cache"
    for symbol in SYMBOLS:
        bars = await answer_of(closed.url, f"/v1/bars/{symbol}", header)
        allowed = parse_selection(",".join(granted).upper(), 10).has(symbol.encode())
        assert bars.status == (200 if allowed else 403)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/stream?symbols=A,C,D", "/v1/snapshot?symbols=A,C,D", "/v1/symbols?symbols=A,C,D",
        "/v1/stream?symbols=A&bars=1m&bars_of=C,D",
    ],
)  # fmt: skip
async def test_a_named_symbol_outside_is_refused_by_name(
    closed: LocalGateway, door: Door, target: str
) -> None:
    detail = problem_of(await answer_of(closed.url, target, door.header("A", "B*")), 403)
    assert "your token does not allow C, D;" in detail
    # That nobody publishes it is not told either.
    assert "does not allow NONE" in problem_of(
        await answer_of(closed.url, "/v1/bars/NONE", door.header("A")), 403
    )


async def test_bars_of_a_stream_are_cut_too(closed: LocalGateway, door: Door, feeder: Feeder) -> None:
    from tickcast.wire.bar import Bar

    async with asked(closed.url, "/v1/stream?symbols=A&bars=1s&bars_of=*", door.header("A", "BA")) as opened:
        await opened.expect("hello")
        bars = [Bar(symbol, "1s", 0, "1", "1", "1", "1", None, 1, 1) for symbol in SYMBOLS]
        await feeder.publish([], bars=bars)
        found = await opened.until(lambda event: event.type == b"bar" and b'"BA"' in event.data)
        seen = [json.loads(event.data)["S"] for event in found if event.type == b"bar"]
        assert seen == ["A", "BA"]


async def test_later_symbols_of_a_prefix_come_by_themselves_and_no_others(
    closed: LocalGateway, door: Door, feeder: Feeder
) -> None:
    async with asked(closed.url, "/v1/stream", door.header("B*")) as opened:
        await opened.expect("hello")
        assert await names(opened) == ["B", "BA", "BB"]
        await feeder.tick("D", "BZ", "A", "B")
        assert await opened.ticks(2) == [("BZ", 1), ("B", 2)]


async def test_streams_that_may_read_the_same_share_frames_and_others_never_do(
    closed: LocalGateway, door: Door
) -> None:
    async with (
        asked(closed.url, "/v1/stream", door.header("B*", sub="one")) as one,
        asked(closed.url, "/v1/stream?symbols=B*", door.header("*", sub="two")) as two,
        asked(closed.url, "/v1/stream", door.header("A", sub="three")) as three,
    ):
        for each in (one, two, three):
            await each.expect("hello")
        groups = {group.key.selection: group.users for group in closed.hub.groups.values()}
        assert groups == {Selection((), (b"B",)): 2, Selection((b"A",), ()): 1}


async def test_a_cursor_widens_nothing(closed: LocalGateway, door: Door, feeder: Feeder) -> None:
    async with asked(closed.url, "/v1/stream", door.header("*")) as opened:
        await opened.begin()
        cursor = opened.cursor
    await feeder.tick("A", "C", "BA")
    resumed = b"last-event-id: " + cursor.encode()
    async with asked(closed.url, "/v1/stream", door.header("BA", "A"), resumed) as opened:
        assert (await opened.expect("hello"))["resumed"] == "replayed"
        assert await opened.ticks(2) == [("A", 2), ("BA", 2)]


async def test_the_least_interval_of_a_grant_counts(closed: LocalGateway, door: Door) -> None:
    for asks, gets in ((0, 500), (100, 500), (1000, 1000)):
        async with asked(closed.url, f"/v1/stream?interval={asks}", door.header("*", interval=300)) as opened:
            assert (await opened.expect("hello"))["interval"] == gets


async def test_a_subject_has_as_many_streams_as_its_grant_allows(closed: LocalGateway, door: Door) -> None:
    header = door.header("A", streams=1)
    async with asked(closed.url, "/v1/stream", header) as opened:
        await opened.begin()
        detail = problem_of(await answer_of(closed.url, "/v1/stream", header), 429)
        assert "allows 1 streams at once" in detail
        async with asked(closed.url, "/v1/stream", door.header("A", sub="another", streams=1)) as other:
            await other.begin()
    await eventually(closed.is_empty)
    async with asked(closed.url, "/v1/stream", header) as again:
        await again.begin()


async def test_who_may_only_hand_in_reads_nothing(closed: LocalGateway, door: Door) -> None:
    header = b"authorization: Bearer " + door.key.token(tickcast={"publish": ["*"]}).encode()
    for target in READING[:-1]:
        assert "allows to read nothing" in problem_of(await answer_of(closed.url, target, header), 403)


async def test_a_stream_tells_by_a_digest_whether_its_rights_are_others(
    closed: LocalGateway, door: Door
) -> None:
    found = []
    for symbols in (("A", "B*"), ("B*", "A"), ("A",)):
        async with asked(closed.url, "/v1/stream", door.header(*symbols)) as opened:
            found.append((await opened.expect("hello"))["rights"])
    assert found[0] == found[1] != found[2]


async def test_only_an_operator_sees_who_reads_what(closed: LocalGateway, door: Door) -> None:
    for header in (door.header("*"), door.header("A", operator=False)):
        assert "only an operator's token" in problem_of(await answer_of(closed.url, "/v1/debug", header), 403)
    # It needs no symbols, and gives none.
    alone = b"authorization: Bearer " + door.key.token(tickcast={"operator": True}).encode()
    assert (await answer_of(closed.url, "/v1/debug", alone)).status == 200
    assert "allows to read nothing" in problem_of(await answer_of(closed.url, "/v1/snapshot", alone), 403)


async def test_who_polls_gets_prices_as_often_as_its_streams_would(closed: LocalGateway, door: Door) -> None:
    now = [1000.0]
    for pace in closed.gateway.paces:
        pace._owed._clock = lambda: now[0]
    header, ways = door.header("A", interval=2000), {"/v1/snapshot": 2, "/v1/bars/A": 100}
    for target, at_once in ways.items():
        for _ in range(at_once):
            assert (await answer_of(closed.url, target, header)).status == 200
        refused = await answer_of(closed.url, target, header)
        assert "prices every 2000 ms" in problem_of(refused, 429)
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["ratelimit"] == '"pace";r=0;t=2'
        # Another subject, and one that may have every tick, are others.
        for other in (door.header("A", sub="another", interval=2000), door.header("A")):
            assert (await answer_of(closed.url, target, other)).status == 200
    now[0] += 2
    for target in ways:
        assert (await answer_of(closed.url, target, header)).status == 200
        assert (await answer_of(closed.url, target, header)).status == 429
    metrics = (await answer_of(closed.url, "/metrics")).body
    assert b'tickcast_gateway_refused_total{reason="pace"} 4.0' in metrics


async def test_a_delayed_token_gets_no_live_price(closed: LocalGateway, door: Door) -> None:
    for target in READING[:-1]:
        answer = await answer_of(closed.url, target, door.header("*", delay=15))
        assert "15 minutes late" in problem_of(answer, 403)


SYMBOL = st.text("ABC", min_size=1, max_size=3)
ENTRY = st.one_of(SYMBOL, SYMBOL.map(lambda text: f"{text}*"), st.just("*"))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ENTRY, max_size=6), st.lists(ENTRY, max_size=6), st.lists(SYMBOL, max_size=10))
def test_a_cut_selection_has_exactly_what_is_asked_for_and_allowed(
    asks: list[str], grants: list[str], symbols: list[str]
) -> None:
    asked_for = parse_selection(",".join(asks), 10)
    allowed = allowed_by(tuple(grants), "upper")
    found = cut(asked_for, allowed)
    for symbol in (text.encode() for text in symbols):
        assert found.has(symbol) == (asked_for.has(symbol) and allowed.has(symbol))
    assert cut(found, allowed).normal() == found.normal()
