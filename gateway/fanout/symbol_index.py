"""The symbol index: which groups get every event of a symbol, or of a bar key."""

from collections.abc import Iterable

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.store.sorted_names import SortedNames
from tickcast.wire.bar import interval_of, symbol_of

GroupSet = dict[Group, None]
"""An ordered set of groups."""

SPARSE = 8
"""A dictionary of awaited names is made again when it has so many times fewer names than it has had."""


class Prefixes:
    """Prefix -> groups. A name is looked up by each of its own prefixes.

    So a new name costs nothing for the thousands of groups that list names only.
    """

    def __init__(self) -> None:
        self._groups: dict[bytes, GroupSet] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, group: Group, prefixes: Iterable[bytes]) -> None:
        """Add a group that wants the names that begin with any of `prefixes`."""
        for prefix in prefixes:
            self._groups.setdefault(prefix, {})[group] = None

    def remove(self, group: Group, prefixes: Iterable[bytes]) -> None:
        """Remove a group from its `prefixes`."""
        for prefix in prefixes:
            del self._groups[prefix][group]
            if not self._groups[prefix]:
                del self._groups[prefix]

    def of(self, name: bytes) -> GroupSet:
        """Return the groups that have a prefix of `name`."""
        groups: GroupSet = {}
        if self._groups:
            for end in range(len(name) + 1):
                groups.update(self._groups.get(name[:end], ()))
        return groups


class SymbolIndex:
    """Symbol or bar key -> groups. Bar keys have a TAB and symbols do not, so both share one dictionary."""

    def __init__(self, partitions: int) -> None:
        self.known: dict[bytes, GroupSet] = {}
        """The groups of each symbol and bar key that the feed has had; `learn` and `learn_bar` add to it."""
        self.symbols, self.bar_keys = SortedNames(), SortedNames()
        """The same, symbols and bar keys apart and in order."""
        self.changed: set[Group] = set()
        """Groups of which a prefix has matched more or fewer since somebody last looked."""
        # The groups of each name that the feed has not had yet. A name goes with its last group, so that
        # names which clients make up do not gather here.
        self._awaited: dict[bytes, GroupSet] = {}
        self._most_awaited = 0
        """Names in that dictionary, at most, since it was made."""
        self._symbols = Prefixes()
        self._bars = Prefixes()
        self._partitions = partitions

    def learn(self, symbol: bytes) -> GroupSet:
        """Add a symbol at its first tick; return the groups that get its every tick."""
        if symbol in self.known:
            return self.known[symbol]
        groups = self.known[symbol] = self._awaited.pop(symbol, {})
        self.symbols.add(symbol)
        # Also where the selection names the symbol too: `Selection.among` leaves such a name to the prefix.
        for group in self._symbols.of(symbol):
            group.learn(symbol, self._partitions)
            self.changed.add(group)
            if not group.conflates:
                groups[group] = None
        return groups

    def learn_bar(self, key: bytes) -> GroupSet:
        """Add a bar key at its first bar; return the groups that want its bars."""
        if key in self.known:
            return self.known[key]
        groups = self.known[key] = self._awaited.pop(key, {})
        self.bar_keys.add(key)
        for group in self._bars.of(symbol_of(key)):
            if interval_of(key) in group.key.bars.intervals:
                group.learn_bar(key, self._partitions)
                self.changed.add(group)
                groups[group] = None
        return groups

    def matching(self, symbol: bytes) -> GroupSet:
        """Return the groups that have a prefix of a symbol."""
        return self._symbols.of(symbol)

    def forget(self, symbols: Iterable[bytes], bar_keys: Iterable[bytes]) -> None:
        """Remove symbols and bar keys that the feed no longer has; they may come back."""
        gone: dict[Group, set[bytes]] = {}
        for symbol in symbols:
            if symbol in self.known:
                self.symbols.discard((symbol,))
            self._forget(symbol, self._symbols.of(symbol), gone)
        for key in bar_keys:
            if key in self.known:
                self.bar_keys.discard((key,))
            self._forget(key, self._bars.of(symbol_of(key)), gone)
        for group, keys in gone.items():
            group.forget(keys)
        self.changed.update(gone)

    def _forget(self, key: bytes, by_prefix: GroupSet, gone: dict[Group, set[bytes]]) -> None:
        groups = self.known.pop(key, {})
        for group in by_prefix:
            gone.setdefault(group, set()).add(key)
        # Groups that name it wait for it, as they did before its first tick.
        if left := {group: None for group in groups if group not in by_prefix}:
            self._awaited[key] = left

    def add(self, group: Group) -> None:
        """Add a group to its keys (`Group.exact`), and to new keys that its prefixes will match."""
        self._symbols.add(group, group.key.selection.prefixes)
        self._bars.add(group, group.key.bar_prefixes)
        get, awaited = self.known.get, self._awaited
        for key in group.exact()[0]:
            groups = get(key)
            if groups is None:
                groups = awaited.setdefault(key, {})
                group.awaited += 1
            groups[group] = None
        self._most_awaited = max(self._most_awaited, len(awaited))

    def remove(self, group: Group) -> None:
        """Remove a group."""
        self._symbols.remove(group, group.key.selection.prefixes)
        self._bars.remove(group, group.key.bar_prefixes)
        get = self.known.get
        for key in group.exact()[0]:
            groups = get(key)
            if groups is not None:
                del groups[group]
            else:
                del self._awaited[key][group]
                if not self._awaited[key]:
                    del self._awaited[key]
        if len(self._awaited) * SPARSE < self._most_awaited:
            # A dictionary keeps its room: what had 90,000 names takes 5 MiB when it is empty.
            self._awaited = dict(self._awaited)
            self._most_awaited = len(self._awaited)

    @property
    def is_empty(self) -> bool:
        """Tell whether no group is in the index."""
        return not (self._symbols or self._bars or self._awaited or any(self.known.values()))
