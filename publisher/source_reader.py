"""Takes lists of ticks from a source until it ends, or until it is time to stop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from tickcast.publisher.source import Source, SourceItem


async def lists_of(source: Source, stop: asyncio.Event) -> AsyncGenerator[Sequence[SourceItem], None]:
    """Yield the lists of ticks of a source until its end or until `stop` is set, then close it.

    Raises what the source raises.
    """
    iterator = aiter(source)
    stopping = asyncio.create_task(stop.wait())
    pulling: asyncio.Task[list[Sequence[SourceItem]]] | None = None
    try:
        while True:
            pulling = asyncio.create_task(_pull(iterator))
            await asyncio.wait({pulling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not pulling.done() or not (pulled := pulling.result()):
                return
            yield pulled[0]
    finally:
        stopping.cancel()
        await _close(iterator, pulling)


async def _pull(iterator: AsyncIterator[Sequence[SourceItem]]) -> list[Sequence[SourceItem]]:
    """Return the source's next list of ticks, in a list; an empty list at its end."""
    try:
        return [await anext(iterator)]
    except StopAsyncIteration:
        return []


async def _close(
    iterator: AsyncIterator[Sequence[SourceItem]], pulling: asyncio.Task[list[Sequence[SourceItem]]] | None
) -> None:
    # Stop the generator first: a running generator cannot be closed.
    if pulling is not None:
        pulling.cancel()
        await asyncio.wait({pulling})
    if isinstance(iterator, AsyncGenerator):
        await iterator.aclose()
