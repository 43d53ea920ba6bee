"""Coming back to a gateway that heard the partitions in another order: nothing twice, wherever it is cut."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.support.market import EPOCH, key
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.notices import Notices
from tickcast.gateway.protocol.events import batch_events
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.replay import Replay
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import decode_cursor
from tickcast.wire.position import START, Position
from tickcast.wire.symbol import partition_of

PARTITIONS = 3
SYMBOLS = [f"S{number}".encode() for number in range(9)]
HOMES = [[each for each in SYMBOLS if partition_of(each, PARTITIONS) == home] for home in range(PARTITIONS)]

Sent = tuple[bytes, str]
"""The data of an event, and its cursor."""


def batches(chance: Random) -> list[list[Batch]]:
    """Return the log of each partition."""
    logs: list[list[Batch]] = [[] for _ in range(PARTITIONS)]
    for number in range(1, 15):
        for home, log in enumerate(logs):
            symbols = chance.choices(HOMES[home], k=chance.randint(1, 4))
            ticks = [(symbol, b"%d.%d.%d" % (home, number, at)) for at, symbol in enumerate(symbols)]
            own = Position(number * 10 + home, 0)
            log.append(Batch(EPOCH, own, log[-1].id if log else START, 1, ticks))
    return logs


class Heard:
    """What a gateway holds that heard the batches in an order of its own."""

    def __init__(self) -> None:
        self.ring = Ring(PARTITIONS, 60, 1 << 30)
        self.ring.restart((partition, EPOCH, START) for partition in range(PARTITIONS))
        self.events: list[bytes] = []

    def hear(self, partition: int, batch: Batch) -> None:
        """Take one batch."""
        events = batch_events(batch.ticks, self.ring.begin(partition, batch))
        self.ring.hold(partition, batch, events)
        self.events += events

    def hear_all(self, logs: list[list[Batch]], order: list[int]) -> "Heard":
        """Take all batches; `order` has the partition of each."""
        left = list(map(iter, logs))
        for partition in order:
            self.hear(partition, next(left[partition]))
        return self

    def replayed(self, cursor: str) -> Iterator[Sent]:
        """Give what a client gets that comes with a cursor."""
        numbers = self.ring.numbers(decode_cursor(cursor))
        assert numbers is not None
        group = Group(key(), SYMBOLS, PARTITIONS)
        replay = Replay(self.ring, LastValues(), Notices(self.ring), group, numbers, cursor)
        while not replay.is_over:
            yield from map(_sent, replay.take())


def _sent(event: bytes) -> Sent:
    return event.split(b"data: ")[1].split(b"\n")[0], cursor_of(event)


@pytest.mark.parametrize("seed", range(6))
def test_a_client_that_is_cut_in_its_replay_gets_every_tick_once_on_any_gateway(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.store.event_log.MAX_LOOKUP", 4)
    chance = Random(seed)
    logs = batches(chance)
    order = [home for home, log in enumerate(logs) for _ in log]
    # One has just started: it read one log after the other.
    gateways = [Heard().hear_all(logs, order)]
    gateways += [Heard().hear_all(logs, chance.sample(order, len(order))) for _ in range(2)]
    every = sorted(_sent(event)[0] for event in gateways[0].events)
    first = [_sent(event) for event in gateways[1].events]
    for _ in range(150):
        came = chance.randrange(1, len(first))
        got, cursor = [data for data, _ in first[:came]], first[came - 1][1]
        while len(got) < len(every):
            sent = list(chance.choice(gateways).replayed(cursor))
            assert sorted([*got, *(data for data, _ in sent)]) == every
            cut = chance.randint(1, len(sent))
            got += [data for data, _ in sent[:cut]]
            cursor = sent[cut - 1][1]


def test_a_tick_from_before_another_partition_lost_its_data_leads_nobody_back_to_that_time() -> None:
    here, there, renewed = Heard(), Heard(), f"{int(EPOCH, 16) + 1:016x}"
    first = Batch(EPOCH, Position(500, 0), START, 1, [(HOMES[1][0], b"old")])
    tick = Batch(EPOCH, Position(600, 0), START, 1, [(HOMES[0][0], b"tick")])
    after = Batch(renewed, Position(30, 0), START, 1, [(HOMES[1][0], b"new")])
    # There the loss came before the tick, here behind it.
    for each in (here, there):
        each.hear(1, first)
    here.hear(0, tick)
    for each in (here, there):
        each.ring.restart([(1, renewed, START)])
        each.hear(1, after)
    there.hear(0, tick)
    came = cursor_of(there.events[1])
    assert [data for data, _ in here.replayed(came)] == [b"tick"]
    cursor = next(here.replayed(came))[1]
    assert decode_cursor(cursor).epoch == there.ring.epoch == here.ring.epoch
    for each in (here, there):
        assert list(each.replayed(cursor)) == []
