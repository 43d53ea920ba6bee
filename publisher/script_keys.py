"""Which keys of a partition the scripts of its writer are given. Pure."""

from tickcast.publisher.chunk import Chunk
from tickcast.wire.names import FeedNames


class ScriptKeys:
    """The keys of one partition, as claim.lua and publish.lua take them."""

    def __init__(self, names: FeedNames, partition: int) -> None:
        meta, log, last = names.meta(partition), names.log(partition), names.last(partition)
        symbols, bars = names.symbols(partition), names.bars(partition)
        self.claim = [meta, log, last, symbols, bars]
        """Of claim.lua."""
        self._publish = [meta, log, last, names.live(partition), bars]
        self._verified = [*self._publish, symbols]
        inbox = [names.inbox(partition), names.held(partition)]
        self._inbox = [*inbox, names.producers(partition), names.rejects(partition)]

    def publish(self, chunk: Chunk) -> list[str]:
        """Return those of publish.lua: heartbeats have the symbols verified, notices change them."""
        if chunk.inbox is not None:
            return [*self._verified, *self._inbox]
        return self._publish if chunk.size and not chunk.notices else self._verified
