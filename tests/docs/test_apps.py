"""The apps of docs/inside_an_app.md, each served as the page says, have prices under their path."""

import json
from base64 import b64encode
from pathlib import Path

import httpx2
import pytest
from itsdangerous import TimestampSigner

from tests.docs.clone import Clone
from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.snippets import block

ALONE = block("docs/inside_an_app.md", "Inside an app")
BESIDE = "import tickcast\nfrom fastapi import FastAPI\n" + block(
    "docs/inside_an_app.md", "Beside the textbook", 1
)


@pytest.mark.parametrize("code", [ALONE, BESIDE], ids=["first", "beside the textbook"])
def test_an_app_has_prices_under_its_path(code: str, up: Path, clone: Clone, redis: str) -> None:
    port = free_port()
    (clone.folder / "app.py").write_text(code.replace("redis://127.0.0.1:6379", redis), "utf-8")
    command = f"python -m uvicorn app:app --port {port}"
    with clone.running(command, REDIS_URL=redis) as app, httpx2.Client(trust_env=False, timeout=60) as web:
        app.until("Application startup complete")
        wait_until(lambda: web.get(f"http://127.0.0.1:{port}/prices/readyz").is_success)
        answer = web.get(f"http://127.0.0.1:{port}/prices/v1/snapshot?symbols=MSFT").json()
    assert [each["S"] for each in answer["ticks"]] == ["MSFT"]


def session(user: str) -> dict[str, str]:
    """Return a cookie of Starlette's sessions, as the app signs it."""
    signed = TimestampSigner("change me").sign(b64encode(json.dumps({"user": user}).encode()))
    return {"cookie": f"session={signed.decode()}"}


def test_an_app_says_who_may_see_what(up: Path, clone: Clone, redis: str) -> None:
    port = free_port()
    (clone.folder / "app.py").write_text(block("docs/inside_an_app.md", "Who may see what"), "utf-8")
    command = f"python -m uvicorn app:app --port {port}"
    with clone.running(command, REDIS_URL=redis) as app, httpx2.Client(trust_env=False, timeout=60) as web:
        app.until("Application startup complete")
        wait_until(lambda: web.get(f"http://127.0.0.1:{port}/prices/readyz").is_success)
        url = f"http://127.0.0.1:{port}/prices/v1/snapshot"
        asked = [web.get(url, headers=headers) for headers in ({}, session("banned"), session("ann"))]
    assert [each.status_code for each in asked] == [401, 403, 200]
    found = [each["S"] for each in asked[-1].json()["ticks"]]
    assert "AAPL" in found
    assert [each for each in found if each != "AAPL" and not each.startswith("B")] == []
