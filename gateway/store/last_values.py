"""The newest tick of every symbol, and the newest bar of every bar key."""

from collections.abc import Callable, Container, Iterable, Iterator


class LastValues:
    """Symbol -> (number, JSON) of its newest tick, or bar key -> (number, JSON) of its newest bar.

    The gateway numbers ticks and bars together, in the order in which they come (`ring.py`), so that
    "changed since" is a comparison of two integers.
    """

    def __init__(self) -> None:
        self._values: dict[bytes, tuple[int, bytes]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, symbol: bytes) -> bool:
        return symbol in self._values

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._values)

    def update(self, first: int, ticks: list[tuple[bytes, bytes]]) -> None:
        """Store a batch of (key, JSON) pairs, numbered from `first` on."""
        values = self._values
        for number, (symbol, json) in enumerate(ticks, first):
            values[symbol] = (number, json)

    def reload(self, number: int, ticks: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """Store values read from Redis: each that differs gets `number`. Return the keys of these."""
        changed = []
        for symbol, json in ticks:
            held = self._values.get(symbol)
            if held is None or held[1] != json:
                self._values[symbol] = (number, json)
                changed.append(symbol)
        return changed

    def drop(self, key: bytes) -> bool:
        """Drop the value of a key; tell whether there was one."""
        return self._values.pop(key, None) is not None

    def get(self, key: bytes) -> bytes | None:
        """Return the JSON of a key; None if it has none."""
        held = self._values.get(key)
        return held and held[1]

    def forget(self, kept: Container[bytes], is_gone: Callable[[bytes], bool]) -> list[bytes]:
        """Drop the values of all keys that `is_gone` accepts, but for those `kept`; return their keys."""
        gone = [each for each in self._values if each not in kept and is_gone(each)]
        for key in gone:
            del self._values[key]
        return gone

    def copy(self) -> "LastValues":
        """Return a copy: a ms for 100,000 values."""
        copy = LastValues()
        copy._values = self._values.copy()
        return copy

    def newer(self, number: int) -> "LastValues":
        """Return a copy with the values whose number is above `number`."""
        newer = LastValues()
        newer._values = {symbol: value for symbol, value in self._values.items() if value[0] > number}
        return newer

    def since(self, number: int, symbols: Iterable[bytes]) -> list[bytes]:
        """Return the JSON of each of `symbols` whose number is above `number`."""
        get = self._values.get
        return [value[1] for symbol in symbols if (value := get(symbol)) and value[0] > number]

    def between(self, number: int, end: int, symbols: Iterable[bytes]) -> list[bytes]:
        """Return the JSON of each of `symbols` whose number is above `number` and at most `end`."""
        get = self._values.get
        return [value[1] for symbol in symbols if (value := get(symbol)) and number < value[0] <= end]

    def since_each(
        self, numbers: list[int], symbols: Iterable[bytes], partitions: Iterable[int]
    ) -> list[bytes]:
        """Return the JSON of each of `symbols` whose number is above that of its partition in `numbers`.

        `partitions` has the partition of each symbol, in the order of `symbols`.
        """
        get = self._values.get
        return [
            value[1]
            for symbol, partition in zip(symbols, partitions, strict=True)
            if (value := get(symbol)) and value[0] > numbers[partition]
        ]
