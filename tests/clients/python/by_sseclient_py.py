"""Reads the stream with requests and sseclient-py: URL, and "identity" or ""."""

import time

import report
import requests
from sseclient import SSEClient

cursor, wait = "", 3.0
with requests.Session() as session:
    session.trust_env = False
    session.headers.update({"Accept": "text/event-stream", **report.IDENTITY})
    while True:
        try:
            response = session.get(
                report.URL, stream=True, timeout=10, headers={"Last-Event-ID": cursor} if cursor else {}
            )
            if 400 <= response.status_code < 500:
                report.end(f"answered {response.status_code}")
            response.raise_for_status()
            for each in SSEClient(response).events():
                cursor = each.id or cursor
                wait = int(each.retry) / 1000 if each.retry else wait
                report.event(each.event, each.data)
            report.error("the stream has ended")
        except requests.RequestException as error:
            report.error(repr(error))
        time.sleep(wait)
