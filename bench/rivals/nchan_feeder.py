"""Posts every tick to nchan, each to the channel of its symbol.

`python -m tickcast.bench.rivals.nchan_feeder PORT REDIS_URL`
"""

import asyncio
import sys

from tickcast.bench.rivals.posting import post, request
from tickcast.wire.batch import Batch


def requests(batch: Batch) -> bytes:
    """Return a request for each tick of a batch."""
    return b"".join(request(f"/pub/{symbol.decode('ascii')}", json) for symbol, json in batch.ticks)


if __name__ == "__main__":
    asyncio.run(post(int(sys.argv[1]), sys.argv[2], requests))
