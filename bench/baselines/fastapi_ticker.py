"""The textbook ticker with FastAPI: a generator for each client, with a subscription of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator

import redis.asyncio
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from tickcast.wire.batch import decode_batch

CHANNEL = "{tickcast:main:0}:live"

app = FastAPI()


@app.get("/v1/stream")
async def stream(request: Request, symbols: str) -> StreamingResponse:
    """Stream the ticks of a comma list of symbols."""
    wanted = {symbol.encode() for symbol in symbols.split(",")}

    async def events() -> AsyncIterator[bytes]:
        async with redis.asyncio.from_url(sys.argv[2]) as client, client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while not await request.is_disconnected():
                while message := await channel.get_message(ignore_subscribe_messages=True):
                    for place, (symbol, json) in enumerate((batch := decode_batch(message["data"])).ticks):
                        if symbol in wanted:
                            yield b"event: tick\ndata: %b\nid: %d-%d.%d\n\n" % (json, *batch.id, place)
                await asyncio.sleep(0.1)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/readyz")
async def ready() -> str:
    """Say that it runs."""
    return "ready"


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, backlog=4096)
