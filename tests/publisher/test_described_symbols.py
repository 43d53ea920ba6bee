"""Symbols that a source describes among its ticks, in Redis."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.publisher.conftest import Process, Publishing, read_log
from tests.support.eventually import eventually
from tickcast.publisher.broker import Broker
from tickcast.publisher.program import publish
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import Retire
from tickcast.publisher.stats import Stats
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick, decode_tick

NOW = 1_795_384_800_000_000


async def instruments(client: Any) -> dict[str, dict[str, Any]]:
    """Return the instruments of partition 0 by symbol."""
    return {key.decode(): json.loads(text) for key, text in (await client.hgetall(names.symbols(0))).items()}


async def prices(client: Any) -> list[str]:
    """Return the prices of all ticks of partition 0."""
    return [decode_tick(text)[0].price for batch in await read_log(client) for _, text in batch.ticks]


async def test_a_description_holds_for_the_ticks_after_it_and_over_a_restart(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url)
    publisher.source.queue.put_nowait(
        [
            Tick("AAPL", NOW, "1.33"),
            Description("aapl", "Apple", "0.25", "188.2", "USD"),
            Tick("AAPL", NOW, "1.33"),
            Description("AAPL", tick="-1"),
            Description("MSFT", "Microsoft"),
        ]
    )
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert publisher.stats.bad_ticks == 1
    assert await prices(valkey) == ["1.33", "1.25"]
    described = await instruments(valkey)
    assert described["AAPL"] == {
        "S": "AAPL",
        "name": "Apple",
        "tick": 0.25,
        "ref": 188.2,
        "ccy": "USD",
        "fixed": True,
    }
    assert described["MSFT"]["name"] == "Microsoft"

    again = publishing(valkey_url)
    again.source.queue.put_nowait([Tick("AAPL", NOW, "1.42"), Description("AAPL", currency="EUR")])
    again.source.queue.put_nowait([Retire("AAPL"), Tick("AAPL", NOW, "1.42")])
    again.source.queue.put_nowait(None)
    await again.task
    assert (await prices(valkey))[2:] == ["1.50", "1.42"]
    assert (await instruments(valkey))["AAPL"] == {
        "S": "AAPL",
        "name": "AAPL",
        "tick": 0.01,
        "ref": 1.42,
        "ccy": "",
    }


async def test_what_a_source_said_at_first_may_be_said_otherwise_later_also_after_a_return(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url)
    publisher.source.instruments = [Instrument("AAPL", "Apple", "0.5", "188.2", "USD")]
    publisher.source.queue.put_nowait([Tick("AAPL", NOW, "1.30"), Retire("AAPL")])
    publisher.source.queue.put_nowait([Description("AAPL", "Apple Inc", "0.1"), Tick("AAPL", NOW, "1.33")])
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert await prices(valkey) == ["1.5", "1.3"]
    held = (await instruments(valkey))["AAPL"]
    assert (held["name"], held["tick"], held["ref"]) == ("Apple Inc", 0.1, 188.2)


async def test_a_symbol_too_many_is_not_described(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing], monkeypatch: Any
) -> None:
    monkeypatch.setattr("tickcast.publisher.sequencer.MAX_SYMBOLS", 1)
    publisher = publishing(valkey_url)
    publisher.source.queue.put_nowait([Description("AAPL", "Apple"), Description("MSFT", "Microsoft")])
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert list(await instruments(valkey)) == ["AAPL"]


async def test_a_recording_in_csv_describes_its_symbols_and_its_prices_keep_to_the_tick_size(
    valkey: Any, valkey_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "day.csv"
    file.write_text(f"S,t,p,name,ccy,tick,ref\nAAPL,{NOW},1.33,Apple,USD,0.25,188.2\nMSFT,{NOW},2.33,,,,\n")
    broker, stats = Broker(valkey_url), Stats()
    settings = PublisherSettings(redis_url=valkey_url, source="replay", file=str(file), speed="max")
    try:
        with capture_logs():
            await publish(settings, broker, stats, asyncio.Event())
    finally:
        await broker.close()
    assert await prices(valkey) == ["1.25", "2.33"]
    held = (await instruments(valkey))["AAPL"]
    assert [held[field] for field in ("name", "ccy", "tick", "ref")] == ["Apple", "USD", 0.25, 188.2]


async def test_a_program_describes_its_symbols_through_standard_input(
    valkey: Any, valkey_url: str, process: Callable[..., Process]
) -> None:
    publisher = process(valkey_url, TICKCAST_SOURCE="stdin")
    lines = [{"S": "AAPL", "name": "Apple", "ref": 188.2}, {"S": "AAPL", "tick": "none"}]
    lines.append({"S": "AAPL", "t": NOW, "p": 1.5})
    assert publisher.popen.stdin is not None
    publisher.popen.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
    publisher.popen.stdin.close()
    publisher.popen.stdin = None
    await eventually(lambda: publisher.popen.poll() is not None)
    assert publisher.popen.returncode == 0
    assert publisher.said("tick: 'none' is not a JSON number")
    held = (await instruments(valkey))["AAPL"]
    assert (held["name"], held["ref"]) == ("Apple", 188.2)
