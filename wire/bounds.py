"""The bounds of the contract: how much there may be of what stands in Redis and on the wire.

The publisher keeps within them, and a gateway refuses what is beyond: it would be a mistake, or an
attack on its memory.
"""

from tickcast.wire.bar import ALL_INTERVALS, INTERVALS

MAX_PARTITIONS = 256
"""Partitions of a feed."""

MAX_SYMBOLS = 100_000
"""Symbols of a feed: their newest ticks are kept in the publisher and in every gateway."""

MAX_BAR_KEYS = MAX_SYMBOLS * len(INTERVALS)
"""Bar keys of a feed: each has its newest bar kept, as a symbol has its newest tick."""

MAX_HISTORY = max(each.kept for each in ALL_INTERVALS.values())
"""Final bars kept of a bar key, and bars of one answer: a day of minutes."""

MAX_SELECTION = 10_000
"""Symbols that one stream may name, however a gateway is set."""

MAX_DELAY_MINUTES = 1440
"""Minutes by which a feed may be delayed: a day."""

MAX_BATCH_TICKS = 4096
"""Ticks in a batch."""

MAX_BATCH_BARS = 4096
"""Bars in a batch."""

MAX_BATCH_NOTICES = 4096
"""Notices in a batch."""

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of a batch."""

MAX_ENTRY_LINES = 1000
"""Lines in an entry of the inbox."""

MAX_ENTRY_BYTES = 256 * 1024
"""Bytes of all lines in an entry of the inbox, line feeds counted."""

INBOX_BYTES = 64 * 1024 * 1024
"""Bytes that the inbox of a partition may hold, unless producers are set otherwise."""

MAX_REPLICAS = 5
"""Replicas of Redis that may have to have an entry before it counts as taken."""

MAX_TEXT = {"name": 128, "ccy": 16, "session": 64, "tz": 64}
"""Characters in each text of an instrument, by its field."""

MAX_INSTRUMENT_BYTES = 4096
"""Bytes of the JSON of an instrument: the longest texts, each character an escape, fit."""

MAX_PLACES = 20
"""Decimal places of a tick size: no reader shows more, and no tick has more digits."""

MAX_SOURCE_LENGTH = 64
"""Bytes of the name of a source; the rest is cut off."""

MAX_PRODUCER_LENGTH = 64
"""Characters in a producer's id."""

MAX_PRODUCERS = 10_000
"""Producers of a partition whose newest number is remembered; of more, the longest silent is forgotten."""

MAX_REJECTS = 1000
"""Refused lines that are kept of a partition, the newest."""
