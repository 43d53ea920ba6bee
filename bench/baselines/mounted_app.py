"""An app of FastAPI with a gateway in it: `python -m tickcast.bench.baselines.mounted_app PORT [reading]`.

With `reading` it has middleware that reads requests, which most apps have.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

import tickcast

app = FastAPI()
prices = tickcast.mount(app, "/prices")


@app.get("/readyz")
async def ready(response: Response) -> bool:
    """Say whether prices are there."""
    response.status_code = 200 if prices.is_ready else 503
    return prices.is_ready


if __name__ == "__main__":
    if "reading" in sys.argv:

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            """Do nothing but what every middleware of this kind does."""
            return await call_next(request)

    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, backlog=4096)
