"""The clock of the gateways, as well as it can be estimated here. Pure."""

_MAX_CORRECTION = 5_000_000
"""µs by which the own time of a tick may correct the estimate: beyond it the clock of the source is wrong."""


class ServerClock:
    """How far the clock of this machine is ahead of that of the gateway; times are µs since 1970."""

    def __init__(self) -> None:
        self._ahead: int | None = None

    def reset(self) -> None:
        """Forget the estimate: another gateway has another clock."""
        self._ahead = None

    def hear(self, sent: int, now: int) -> None:
        """Take the time at which the gateway sent what arrives now."""
        # The event that was fastest on its way is nearest to the truth.
        self._ahead = now - sent if self._ahead is None else min(self._ahead, now - sent)

    def since(self, time: int, now: int) -> float:
        """Return how many ms ago the own time of a tick was, by the clock of the gateway."""
        # It cannot lie in the future there, so a tick may show that the gateway's clock is further on.
        if self._ahead is None or self._ahead - (now - time) < _MAX_CORRECTION:
            self.hear(time, now)
        assert self._ahead is not None
        return max(0, now - self._ahead - time) / 1000
