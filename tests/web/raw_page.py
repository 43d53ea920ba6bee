"""A page without Playwright, which keeps every page visible: only a hidden page can be frozen."""

import asyncio
import itertools
import json
from typing import Any, cast

from playwright.async_api import Browser, CDPSession

from tests.support.eventually import eventually


class RawPage:
    """A page driven by the debugging protocol itself."""

    def __init__(self, browser: CDPSession, session: str) -> None:
        self._browser = browser
        self._session = session
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        browser.on("Target.receivedMessageFromTarget", self._hear)

    def _hear(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        answer = self._answers.pop(message.get("id", 0), None)
        if event["sessionId"] == self._session and answer is not None:
            answer.set_result(message)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params})
        await self._browser.send(
            "Target.sendMessageToTarget", {"sessionId": self._session, "message": message}
        )
        result = await asyncio.wait_for(answer, 20)
        assert "error" not in result, result
        return cast(dict[str, Any], result["result"])

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def is_loaded(self) -> bool:
        """Tell whether it has loaded its address."""
        return bool(
            await self.evaluate("document.readyState === 'complete' && location.href !== 'about:blank'")
        )

    async def freeze(self) -> None:
        """Hide the page and freeze it, as a browser does to save power."""
        await self.send("Page.setWebLifecycleState", state="frozen")

    async def thaw(self) -> None:
        """Let it run again; it stays hidden."""
        await self.send("Page.setWebLifecycleState", state="active")


async def open_raw_page(browser: Browser, url: str) -> RawPage:
    """Open a page at `url` and wait until it is loaded."""
    session = await browser.new_browser_cdp_session()
    target = (await session.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
    attached = await session.send("Target.attachToTarget", {"targetId": target, "flatten": False})
    page = RawPage(session, attached["sessionId"])
    await page.send("Page.navigate", url=url)
    await eventually(page.is_loaded)
    return page
