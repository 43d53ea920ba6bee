"""The publisher: the only writer of the feed. It takes ticks from a source and writes them to Redis.

The names in `__all__` are what a source of your own needs (docs/sources.md). They are public; all other
names of this package may change. Importing them loads nothing beyond the standard library.
"""

from tickcast.publisher.source import Retire, Source, SourceError, SourceFactory, SourceOptions, State
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick as SourceTick
from tickcast.wire.tick import TickError, check_tick, decode_tick

__all__ = [
    "Description",
    "Instrument",
    "Retire",
    "Source",
    "SourceError",
    "SourceFactory",
    "SourceOptions",
    "SourceTick",
    "State",
    "TickError",
    "check_tick",
    "decode_tick",
]
