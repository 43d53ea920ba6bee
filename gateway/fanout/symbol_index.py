"""The symbol index: which groups want every event of a symbol, or of a bar key."""

from collections.abc import Iterable

from tickcast.gateway.fanout.group import Group
from tickcast.wire.bar import interval_of, symbol_of

GroupSet = dict[Group, None]
"""Groups, each once."""


class Prefixes:
    """Prefixes -> groups. A name is looked up by each of its own beginnings.

    So a new name costs nothing for the thousands of groups that have lists of names.
    """

    def __init__(self) -> None:
        self._groups: dict[bytes, GroupSet] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, group: Group, prefixes: Iterable[bytes]) -> None:
        """Take in a group that wants what begins with any of `prefixes`."""
        for prefix in prefixes:
            self._groups.setdefault(prefix, {})[group] = None

    def remove(self, group: Group, prefixes: Iterable[bytes]) -> None:
        """Forget a group."""
        for prefix in prefixes:
            del self._groups[prefix][group]
            if not self._groups[prefix]:
                del self._groups[prefix]

    def of(self, name: bytes) -> GroupSet:
        """Return the groups that want `name`."""
        groups: GroupSet = {}
        if self._groups:
            for end in range(len(name) + 1):
                groups.update(self._groups.get(name[:end], ()))
        return groups


class SymbolIndex:
    """Symbols and bar keys -> groups. No symbol has a space and every bar key has one, so both fit in."""

    def __init__(self, partitions: int) -> None:
        self.known: dict[bytes, GroupSet] = {}
        """Of those that have come; `learn` takes in another."""
        # Of those that are only asked for, which must not grow for longer than somebody asks.
        self._awaited: dict[bytes, GroupSet] = {}
        self._symbols = Prefixes()
        self._bars = Prefixes()
        self._partitions = partitions

    def learn(self, symbol: bytes) -> GroupSet:
        """Take in a symbol that ticks for the first time; return the groups that want its every tick."""
        if symbol in self.known:
            return self.known[symbol]
        groups = self.known[symbol] = self._awaited.pop(symbol, {})
        # Also if it is asked for by name as well: `Selection.among` leaves such a name to the prefix.
        for group in self._symbols.of(symbol):
            group.learn(symbol, self._partitions)
            if not group.conflates:
                groups[group] = None
        return groups

    def learn_bar(self, key: bytes) -> GroupSet:
        """Take in the key of a bar that comes for the first time; return the groups that want it."""
        if key in self.known:
            return self.known[key]
        groups = self.known[key] = self._awaited.pop(key, {})
        for group in self._bars.of(symbol_of(key)):
            if interval_of(key) in group.key.bars.intervals:
                group.learn_bar(key, self._partitions)
                groups[group] = None
        return groups

    def add(self, group: Group) -> None:
        """Let a group have every event of its keys (`Group.exact`), and of those that are yet to come."""
        self._symbols.add(group, group.key.selection.prefixes)
        self._bars.add(group, group.key.bar_prefixes)
        for key in group.exact()[0]:
            groups = self.known.get(key)
            if groups is None:
                groups = self._awaited.setdefault(key, {})
            groups[group] = None

    def remove(self, group: Group) -> None:
        """Forget a group."""
        self._symbols.remove(group, group.key.selection.prefixes)
        self._bars.remove(group, group.key.bar_prefixes)
        for key in group.exact()[0]:
            if key in self.known:
                del self.known[key][group]
            else:
                del self._awaited[key][group]
                if not self._awaited[key]:
                    del self._awaited[key]

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody wants anything."""
        return not (self._symbols or self._bars or self._awaited or any(self.known.values()))
