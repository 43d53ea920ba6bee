"""Bytes that open streams and long answers hold: counted in all, and for each address.

What several share, a group or a document, counts once in all, and once for each address that holds it.
"""

from typing import Protocol

STREAM = 2048
"""Bytes that a stream takes, whatever it asks for."""

SHARE = 4
"""One address may hold this part of all that streams may hold: a quarter."""


class Account:
    """What the streams of one address hold."""

    __slots__ = ("address", "streams", "used")

    def __init__(self, address: str) -> None:
        self.address = address
        self.streams = 0
        """Number of its streams."""
        self.used = 0
        """Bytes."""


class Shared(Protocol):
    """What several streams hold together."""

    charged: int
    """Bytes that it counts for now."""
    payers: dict[Account, int]
    """How many streams of each address hold it."""


class StreamBytes:
    """Counts the bytes, and says when they are too many."""

    def __init__(self, total: int) -> None:
        """All streams may hold `total` bytes, and one address the SHARE-th part of it."""
        self.total = total
        self.share = total // SHARE
        self.used = 0
        """Bytes that all streams hold."""
        self._accounts: dict[str, Account] = {}

    def __len__(self) -> int:
        """Return the number of addresses that have streams."""
        return len(self._accounts)

    def account(self, address: str) -> Account:
        """Return the account of an address; it is kept while it has streams."""
        return self._accounts.get(address) or Account(address)

    def price(self, shared: Shared, size: int) -> None:
        """Let what is shared count for `size` bytes from now on."""
        more = size - shared.charged
        shared.charged = size
        self.used += more
        for account in shared.payers:
            account.used += more

    def enter(self, account: Account, shared: Shared) -> None:
        """Count a stream, and what it shares."""
        self._accounts[account.address] = account
        account.streams += 1
        self._hold(account, STREAM)
        self._join(account, shared)

    def leave(self, account: Account, shared: Shared) -> None:
        """Count a stream no longer."""
        self._part(account, shared)
        self._hold(account, -STREAM)
        account.streams -= 1
        if not account.streams:
            del self._accounts[account.address]

    def take(self, account: Account, shared: Shared, size: int) -> None:
        """Count an answer of `size` bytes, as a stream is counted."""
        if not shared.payers:
            self.price(shared, size)
        self.enter(account, shared)

    def let_go(self, account: Account, shared: Shared) -> None:
        """Count an answer no longer: it is sent, or its client has gone."""
        self.leave(account, shared)
        if not shared.payers:
            self.price(shared, 0)

    def move(self, account: Account, old: Shared, new: Shared) -> None:
        """Let a stream share `new` in place of `old`."""
        self._join(account, new)
        self._part(account, old)

    def hold(self, account: Account, before: int, now: int) -> None:
        """Let a stream hold `now` bytes of its own, in place of those `before`."""
        self._hold(account, now - before)

    def is_over(self, account: Account) -> bool:
        """Tell whether an address, or all together, hold too much."""
        return account.used > self.share or self.used > self.total

    def has_share(self, account: Account, more: int) -> bool:
        """Tell whether an address may hold `more` bytes."""
        return account.used + more <= self.share

    def has_room(self, more: int) -> bool:
        """Tell whether all together may hold `more` bytes."""
        return self.used + more <= self.total

    def _hold(self, account: Account, more: int) -> None:
        account.used += more
        self.used += more

    @staticmethod
    def _join(account: Account, shared: Shared) -> None:
        count = shared.payers.get(account, 0)
        shared.payers[account] = count + 1
        if not count:
            account.used += shared.charged

    @staticmethod
    def _part(account: Account, shared: Shared) -> None:
        count = shared.payers.pop(account) - 1
        if count:
            shared.payers[account] = count
        else:
            account.used -= shared.charged
