"""What a stream may ask for: so many names that nobody publishes, and so many bytes of memory."""

from collections import Counter
from collections.abc import Mapping

from tickcast.access.grant import Grant
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.limits.fields import limit_fields
from tickcast.gateway.limits.stream_bytes import Account, Shared
from tickcast.gateway.protocol.request import GroupKey
from tickcast.runtime.problem import Problem

MAX_UNKNOWN = 100
"""Names of a stream that nobody publishes, at most: each is kept by itself, because it may be published."""

RETRY_AFTER = "10"
"""Seconds after which a client that has its share may ask for more: some of its streams may have ended."""


class StreamBounds:
    """Refuses what a gateway must not hold: 400 for what is wrong, 429 for a share, 503 for all there is."""

    def __init__(self, hub: Hub) -> None:
        self.refused = Counter({"names": 0, "share": 0, "total": 0, "streams": 0})
        """New streams and changes of streams that were refused, by reason."""
        self.bytes = hub.bytes
        self._hub = hub

    def account(self, address: str) -> Account:
        """Return the account of an address."""
        return self.bytes.account(address)

    def check(self, account: Account, key: GroupKey) -> None:
        """Be sure that a stream of an address may have this key. Raises Problem."""
        hub = self._hub
        if (unknown := sum(hub.unknown(key))) > MAX_UNKNOWN and not hub.expects_names():
            self.refused["names"] += 1
            raise Problem(
                400, f"{unknown} symbols that nobody publishes; at most {MAX_UNKNOWN} are allowed, and "
                "/v1/symbols lists what there is",
            )  # fmt: skip
        self._check_bytes(account, hub.bytes_more(key, account))

    def check_streams(self, grant: Grant | None, by_subject: Mapping[str, int], most: int | None) -> None:
        """Be sure that a subject may have one more stream here, where `most` are. Raises Problem (429)."""
        if grant is None or grant.streams is None:
            return
        if by_subject[grant.subject] < (grant.streams if most is None else most):
            return
        self.refused["streams"] += 1
        raise Problem(
            429, f"your token allows {grant.streams} streams at once, and so many are open: end one of them",
            {
                "retry-after": RETRY_AFTER,
                "connection": "close",
                **limit_fields("streams", grant.streams, 0, int(RETRY_AFTER)),
            },
        )  # fmt: skip

    def check_bytes(self, account: Account, shared: Shared, size: int) -> None:
        """Be sure that an address may hold what is shared, which takes `size` bytes. Raises Problem."""
        if account not in shared.payers:
            self._check_bytes(account, size)

    def _check_bytes(self, account: Account, more: int) -> None:
        if not self.bytes.has_share(account, more):
            self.refused["share"] += 1
            raise Problem(
                429, f"your address holds {account.used} bytes here, by streams and by answers that wait for "
                f"it; at most {self.bytes.share} are allowed: end some of them, or ask for less",
                {
                    "retry-after": RETRY_AFTER,
                    "connection": "close",
                    **limit_fields("bytes", self.bytes.share, 0, int(RETRY_AFTER)),
                },
            )  # fmt: skip
        if not self.bytes.has_room(more):
            self.refused["total"] += 1
            raise Problem(
                503, "this gateway has no memory left for more clients; try another one, or again soon",
                {"retry-after": RETRY_AFTER, "connection": "close"},
            )  # fmt: skip
