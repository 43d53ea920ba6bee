"""Live prices in Grafana: hands the newest price of each symbol to Grafana Live, which draws it as it comes.

pip install tickcast
GRAFANA_TOKEN=glsa_… python grafana_live.py http://127.0.0.1:8080 http://127.0.0.1:3000 AAPL MSFT

The token is that of a service account with the role Admin, which pushing asks for. In a panel choose the
data source "-- Grafana --", the query "Live Measurements" and the channel `stream/tickcast/price`. Grafana
keeps no history of it.
"""

import argparse
import os
import time
import urllib.request
from collections.abc import Iterable

import tickcast

SECONDS = 0.25
"""How often Grafana gets what is newest."""


def escaped(symbol: str) -> str:
    """Return a symbol as a value of a tag in Influx's line protocol."""
    return "".join(f"\\{letter}" if letter in ", =" else letter for letter in symbol)


def line(tick: tickcast.Tick[float]) -> str:
    """Return a tick in Influx's line protocol, with its time in ns."""
    numbers = {"price": tick.price, "bid": tick.bid, "ask": tick.ask, "size": tick.size}
    fields = ",".join(f"{name}={number}" for name, number in numbers.items() if number is not None)
    return f"price,symbol={escaped(tick.symbol)} {fields} {tick.time * 1000}"


def lines(events: Iterable[object]) -> str:
    """Return the newest tick of each symbol among events, a line each."""
    newest = {event.symbol: event for event in events if isinstance(event, tickcast.Tick)}
    return "\n".join(line(tick) for tick in newest.values())


def push(grafana: str, token: str, body: str) -> None:
    """Hand lines to Grafana; a failure is printed, and the next lines are tried."""
    request = urllib.request.Request(f"{grafana.rstrip('/')}/api/live/push/tickcast", body.encode())
    request.add_header("Authorization", f"Bearer {token}")
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError as error:
        print(f"Grafana did not take it: {error}", flush=True)
        time.sleep(1)


def main() -> None:
    """Follow the symbols until Ctrl-C."""
    parser = argparse.ArgumentParser(description="live prices in Grafana")
    parser.add_argument("url", help="a gateway, such as http://127.0.0.1:8080")
    parser.add_argument("grafana", help="Grafana, such as http://127.0.0.1:3000")
    parser.add_argument("symbols", nargs="*", default=["*"], help="all without it")
    options = parser.parse_args()
    token = os.environ["GRAFANA_TOKEN"]
    interval = int(SECONDS * 1000)
    with tickcast.follow_blocking(options.url, options.symbols, interval=interval, numbers=float) as prices:
        for events in prices.batches(SECONDS):
            if body := lines(events):
                push(options.grafana, token, body)


if __name__ == "__main__":
    main()
