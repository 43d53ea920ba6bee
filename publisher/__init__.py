"""The publisher: the only writer of the feed. It takes ticks from a source and writes them to Redis.

The names in `__all__` are what a source of your own needs (docs/sources.md). They are public; all other
names of this package may change. Importing them loads nothing beyond the standard library.
"""

from tickcast.publisher.source import Source, SourceError, SourceFactory, SourceOptions
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, TickError, check_tick, decode_tick

__all__ = [
    "Instrument",
    "Source",
    "SourceError",
    "SourceFactory",
    "SourceOptions",
    "Tick",
    "TickError",
    "check_tick",
    "decode_tick",
]
