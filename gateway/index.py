"""The index: which groups want every event of a symbol, or of a bar key."""

from collections.abc import Callable

from gateway.group import Group, GroupKey

Wanting = dict[Group, None]
"""Groups, in the order in which they came."""


class Index:
    """Symbols and bar keys -> groups. No symbol has a space and every bar key has one, so both fit in."""

    def __init__(self, groups: dict[GroupKey, Group], partitions: int) -> None:
        self.known: dict[bytes, Wanting] = {}
        """Of those that have come; `learn` takes in another."""
        # Of those that are only asked for, which must not grow for longer than somebody asks.
        self._awaited: dict[bytes, Wanting] = {}
        self._groups = groups
        self._partitions = partitions

    def learn(self, symbol: bytes) -> Wanting:
        """Take in a symbol that ticks for the first time; return the groups that want its every tick."""
        # Also if it is asked for by name as well: `Selection.among` leaves such a name to the prefix.
        return self._learn(
            symbol,
            lambda group: symbol.startswith(group.key.selection.prefixes),
            lambda group: group.learn(symbol, self._partitions),
            lambda group: not group.conflates,
        )

    def learn_bar(self, key: bytes) -> Wanting:
        """Take in the key of a bar that comes for the first time; return the groups that want it."""
        return self._learn(
            key,
            lambda group: group.key.wants_bar(key),
            lambda group: group.learn_bar(key, self._partitions),
            lambda _: True,
        )

    def _learn(
        self,
        key: bytes,
        wants: Callable[[Group], bool],
        tell: Callable[[Group], None],
        every: Callable[[Group], bool],
    ) -> Wanting:
        if key in self.known:
            return self.known[key]
        wanting = self.known[key] = self._awaited.pop(key, {})
        for group in self._groups.values():
            if wants(group):
                tell(group)
                if every(group):
                    wanting[group] = None
        return wanting

    def add(self, group: Group) -> None:
        """Let a group have every event of its keys (`Group.exact`)."""
        for key in group.exact()[0]:
            wanting = self.known.get(key)
            if wanting is None:
                wanting = self._awaited.setdefault(key, {})
            wanting[group] = None

    def remove(self, group: Group) -> None:
        """Forget a group."""
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
        return not self._awaited and not any(self.known.values())
