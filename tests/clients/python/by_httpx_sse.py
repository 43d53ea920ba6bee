"""Reads the stream with httpx-sse: URL, and "identity" or ""."""

import time

import httpx
import report
from httpx_sse import SSEError, connect_sse

cursor, wait = "", 3.0
with httpx.Client(trust_env=False, timeout=httpx.Timeout(10), headers=report.IDENTITY) as client:
    while True:
        try:
            with connect_sse(
                client, "GET", report.URL, headers={"Last-Event-ID": cursor} if cursor else {}
            ) as source:
                if source.response.is_client_error:
                    report.end(f"answered {source.response.status_code}")
                for each in source.iter_sse():
                    cursor = each.id or cursor
                    wait = each.retry / 1000 if each.retry is not None else wait
                    report.event(each.event, each.data)
            report.error("the stream has ended")
        except (httpx.TransportError, SSEError) as error:
            report.error(repr(error))
        time.sleep(wait)
