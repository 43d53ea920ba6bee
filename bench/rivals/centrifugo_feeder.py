"""Posts ticks to Centrifugo, a batch in one request.

`python -m tickcast.bench.rivals.centrifugo_feeder PORT REDIS_URL KEY`

`/api/batch` takes many commands at once, as its documentation advises for many publications.
"""

import asyncio
import sys

from tickcast.bench.rivals.posting import post, request
from tickcast.wire.batch import Batch

_PUBLISH = b'{"publish":{"channel":"%b","data":%b}}'


def requests(batch: Batch, key: str) -> bytes:
    """Return a request with a publication for each tick of a batch; b"" for an empty batch."""
    if not batch.ticks:
        return b""
    commands = b",".join(_PUBLISH % tick for tick in batch.ticks)
    body = b'{"commands":[%b]}' % commands
    return request("/api/batch", body, "Content-Type: application/json", f"X-API-Key: {key}")


if __name__ == "__main__":
    # Centrifugo reports the error of a command with status 200.
    asyncio.run(post(int(sys.argv[1]), sys.argv[2], lambda batch: requests(batch, sys.argv[3]), b'"error":{'))
