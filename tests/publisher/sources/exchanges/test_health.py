"""Which symbols are live or stale, by a clock of the test."""

from tickcast.publisher.source import State
from tickcast.publisher.sources.exchanges.health import Health

NAMES = {"BTC/USD": "BTC-USD", "ETH/USD": "ETH-USD"}


def test_all_symbols_are_stale_when_the_connection_is_mute_and_live_when_each_is_heard_of() -> None:
    health = Health(NAMES, 10.0, 60.0, 0.0)
    assert health.hear(["BTC/USD"], 1.0) == [State("BTC-USD", "live")]
    assert health.hear(["BTC/USD"], 2.0) == []
    assert health.check(12.0) == []
    assert health.check(12.1) == [State("BTC-USD", "stale"), State("ETH-USD", "stale")]
    assert health.check(13.0) == []
    assert health.hear([], 14.0) == []  # a heartbeat says nothing of symbols
    assert health.hear(["ETH/USD"], 14.0) == [State("ETH-USD", "live")]


def test_one_symbol_is_stale_when_nothing_comes_of_it() -> None:
    health = Health(NAMES, 10.0, 60.0, 0.0)
    for second in range(1, 61):
        assert health.hear(["BTC/USD"], float(second)) == ([State("BTC-USD", "live")] if second == 1 else [])
        assert health.check(float(second)) == []
    assert health.hear(["BTC/USD"], 61.0) == []
    assert health.check(61.0) == [State("ETH-USD", "stale")]
    assert health.quiet_names(61.0) == ["ETH/USD"]


def test_a_refused_symbol_is_stale_at_once_and_only_once() -> None:
    health = Health(NAMES, 10.0, 60.0, 0.0)
    assert health.refuse(["ETH/USD", "NEVER/USD"]) == [State("ETH-USD", "stale")]
    assert health.refuse(["ETH/USD"]) == []
    assert health.hear(["ETH/USD"], 5.0) == [State("ETH-USD", "live")]


def test_nothing_is_stale_while_what_came_waits() -> None:
    health = Health(NAMES, 10.0, 60.0, 0.0)
    health.waits = True
    assert health.check(1000.0) == []
    health.waits = False
    assert len(health.check(1000.0)) == 2
