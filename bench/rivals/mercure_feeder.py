"""Posts every tick to a Mercure hub, its symbol as topic.

`python -m tickcast.bench.rivals.mercure_feeder PORT REDIS_URL TOKEN`
"""

import asyncio
import sys
from urllib.parse import urlencode

from tickcast.bench.rivals.posting import post, request
from tickcast.wire.batch import Batch

FORM = "Content-Type: application/x-www-form-urlencoded"


def requests(batch: Batch, token: str) -> bytes:
    """Return a request for each tick of a batch: a hub accepts one update for each request."""
    bearer = f"Authorization: Bearer {token}"
    bodies = (urlencode({"topic": symbol, "data": json}).encode("ascii") for symbol, json in batch.ticks)
    return b"".join(request("/.well-known/mercure", body, bearer, FORM) for body in bodies)


if __name__ == "__main__":
    asyncio.run(post(int(sys.argv[1]), sys.argv[2], lambda batch: requests(batch, sys.argv[3])))
