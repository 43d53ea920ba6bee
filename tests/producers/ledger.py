"""The judge of the trial: what was taken from each producer, beside what stands in the logs."""

import json
from collections import Counter
from typing import Any, NamedTuple

from tickcast.wire.batch import decode_batch
from tickcast.wire.names import MAIN


class Verdict(NamedTuple):
    """What was found, all counts of ticks."""

    published: int
    lost: int
    """Taken, and in no log."""
    repeated: int
    unasked: int
    """Never handed in."""
    disordered: int
    """Behind a later one of the same producer and symbol."""
    holes: int
    """`q` of a symbol that are missing, or come twice."""

    @property
    def is_exact(self) -> bool:
        """Tell whether every tick appears once and in order."""
        return not any(self[1:])


def judge(client: Any, partitions: int, taken: dict[int, int]) -> Verdict:
    """Compare the logs with how many ticks were taken from each producer, by its number."""
    seen: Counter[tuple[int, int]] = Counter()
    newest: dict[tuple[int, str], int] = {}
    counts: dict[str, int] = {}
    disordered = holes = 0
    for partition in range(partitions):
        for _, fields in client.xrange(MAIN.log(partition)):
            for symbol, text in decode_batch(fields[b"b"]).ticks:
                name, document = symbol.decode(), json.loads(text)
                producer, number = document["bs"] - 1, document["s"] - 1
                seen[producer, number] += 1
                disordered += number < newest.get((producer, name), -1)
                newest[producer, name] = number
                holes += document["q"] != counts.get(name, 0) + 1
                counts[name] = document["q"]
    expected = {(producer, number) for producer, count in taken.items() for number in range(count)}
    return Verdict(
        published=seen.total(),
        lost=len(expected - seen.keys()),
        repeated=seen.total() - len(seen),
        unasked=len(seen.keys() - expected),
        disordered=disordered,
        holes=holes,
    )
