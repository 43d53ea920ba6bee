"""Whoever asks for bars in the very moment in which they have been read is answered."""

import asyncio
from typing import Any

from tickcast.gateway.store.bar_history import BarHistory
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import Bar, encode_bar

KEY = b"A\t1m"
MINUTE = 60_000_000


def bar(minute: int, q: int) -> bytes:
    return encode_bar(Bar("A", "1m", minute * MINUTE, "1", "1", "1", "1", None, 1, q))


async def test_a_request_between_the_end_of_a_reading_and_its_callbacks_is_answered() -> None:
    newest = LastValues()
    newest.update(1, [(KEY, bar(2, 2))])
    answers: list[Any] = []

    async def read(*_: Any) -> tuple[list[bytes], int]:
        # The loop calls it when the reading is done, before what the reading's task calls then.
        asyncio.get_running_loop().call_soon(ask)
        return [bar(1, 1)], 1

    def ask() -> None:
        try:
            history.held(KEY).send(None)
        except StopIteration as end:
            answers.append(end.value)

    history = BarHistory(read, newest, 1)
    assert answers == [await history.held(KEY)]
    assert history.reads == 1
