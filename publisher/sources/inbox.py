"""The `inbox` source: programs hand ticks in, to the inbox of each partition (docs/inbox.md).

The publisher reads the inboxes itself (`publisher.inbox`), because the step that publishes ticks also has to
record how far the inbox was read. So this source yields nothing.
"""

import asyncio
from collections.abc import AsyncIterator

from tickcast.publisher.source import SourceOptions
from tickcast.wire.tick import Tick


class InboxSource:
    """Says that the ticks come from the inbox."""

    reads_inbox = True

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        await asyncio.Event().wait()
        yield []


def inbox(options: SourceOptions) -> InboxSource:
    """Return the source; no option concerns it."""
    return InboxSource()


inbox.shared = True  # type: ignore[attr-defined]
inbox.takes = ()  # type: ignore[attr-defined]
