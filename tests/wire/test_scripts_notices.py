"""The scripts and what is said of symbols: a retired symbol leaves Redis in the step that says so."""

from tests.wire.conftest import Scripts, batches
from tests.wire.test_scripts_bars import bar
from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import Retired, SymbolState, encode_notice, state_in, with_state

APPLE = encode_instrument(Instrument("AAPL", "Apple", "0.01", "1.5", "USD"))


async def test_a_retired_symbol_leaves_every_key_and_the_counts_in_one_step(scripts: Scripts) -> None:
    await scripts.claim(symbols=("AAPL", APPLE.decode(), "MSFT", "{}"))
    formed = [bar(n, "1", interval=interval) for n in (1, 2) for interval in INTERVALS]
    _, newest = await scripts.publish("0-0", bars=formed)
    lists = [names.bar_list(0, bar_key(b"AAPL", interval)) for interval in INTERVALS]
    assert await scripts.client.exists(*lists) == len(lists)
    gone = [Retired("AAPL", "producer"), Retired("NOBODY", "idle")]
    ok, newest = await scripts.publish(newest, n=2, lines=b"", notices=gone)
    assert ok == b"ok"
    assert await scripts.client.hkeys(names.last(0)) == [b"MSFT"]
    assert await scripts.client.hkeys(names.symbols(0)) == [b"MSFT"]
    assert not await scripts.client.exists(names.bars(0))
    assert not await scripts.client.exists(*lists)
    assert await scripts.client.hmget(names.meta(0), "symbols", "bars") == [b"1", b"0"]
    said = (await batches(scripts))[-1].notices
    assert [(line.symbol, line.notice) for line in said] == [(b"AAPL", gone[0]), (b"NOBODY", gone[1])]
    # Nothing is missing now: the next batch is written.
    assert (await scripts.publish(newest, n=3))[0] == b"ok"
    assert (await scripts.publish(await scripts.client.hget(names.meta(0), "id"), lines=b""))[0] == b"ok"


async def test_a_notice_comes_after_the_ticks_and_bars_of_its_batch(scripts: Scripts) -> None:
    await scripts.claim()
    await scripts.publish("0-0", bars=[bar(7, "1")], notices=[Retired("AAPL", "operator")])
    assert await scripts.client.hkeys(names.last(0)) == [b"MSFT"]
    [batch] = await batches(scripts)
    assert [len(batch.ticks), len(batch.bars), len(batch.notices)] == [2, 1, 1]


async def test_the_state_of_a_symbol_stands_in_its_instrument_once(scripts: Scripts) -> None:
    await scripts.claim(symbols=("AAPL", APPLE.decode()))
    said = [SymbolState("AAPL", state, since) for state, since in (("halted", 7), ("live", 8))]
    _, newest = await scripts.publish("0-0", notices=said[:1])
    held = await scripts.client.hget(names.symbols(0), "AAPL")
    assert held == with_state(APPLE, encode_notice(said[0]))
    await scripts.publish(newest, n=2, lines=b"", notices=[*said[1:], SymbolState("NOBODY", "halted", 9)])
    held = await scripts.client.hgetall(names.symbols(0))
    assert held == {b"AAPL": with_state(APPLE, encode_notice(said[1]))}
    assert state_in(held[b"AAPL"]) == encode_notice(said[1])
    assert await scripts.client.hlen(names.last(0)) == 2


async def test_instruments_of_a_wrong_type_are_found_before_anything_is_written(scripts: Scripts) -> None:
    await scripts.claim()
    await scripts.client.set(names.symbols(0), "x")
    answer = await scripts.publish("0-0", notices=[Retired("AAPL", "idle")])
    assert answer[:2] == [b"lost", b""]
    assert not await scripts.client.exists(names.log(0), names.last(0))


async def test_another_source_is_remembered_until_its_symbols_are_gone(scripts: Scripts) -> None:
    await scripts.claim(source=("simulated",))
    await scripts.claim(fence=2, source=("simulated",))
    assert await scripts.client.hget(names.meta(0), "before") is None
    await scripts.claim(fence=3, source=("stdin",))
    await scripts.claim(fence=4, source=("stdin",))
    assert await scripts.client.hmget(names.meta(0), "before", "source") == [b"simulated", b"stdin"]
