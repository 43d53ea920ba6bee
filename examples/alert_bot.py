"""A bot that says when a price passes a bound, on standard output and to a webhook such as Slack's.

pip install tickcast
python alert_bot.py http://127.0.0.1:8080 'AAPL>190' 'BTC-USD<60000' --webhook https://hooks.example.com/…

Each bound is said once, and again only after the price was back on the other side. What passed while the bot
was away counts when it is back: it sees every tick, or the newest one after a gap. It says when prices are
stale.
"""

import argparse
import json
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

import tickcast


class Bound(NamedTuple):
    """A symbol, and the price above or below which it is said."""

    symbol: str
    side: str
    price: Decimal

    def __str__(self) -> str:
        return f"{'above' if self.side == '>' else 'below'} {self.price}"

    def passed(self, price: Decimal) -> bool:
        """Tell whether a price is beyond it."""
        return price > self.price if self.side == ">" else price < self.price


def bound(text: str) -> Bound:
    """Read `AAPL>190`; the symbol is written as the feed writes it. Raises ValueError for anything else."""
    for side in "<>":
        symbol, found, price = text.partition(side)
        if found:
            with suppress(ArithmeticError):
                return Bound(symbol.strip(), side, Decimal(price))
    raise ValueError(f"{text!r} is no bound: write SYMBOL>PRICE or SYMBOL<PRICE")


def alerts(events: Iterable[object], bounds: Iterable[Bound]) -> Iterable[str]:
    """Yield what is to be said of the events of a stream."""
    said: set[Bound] = set()
    for event in events:
        match event:
            case tickcast.Status():
                yield f"prices are {event.feed}{f': {event.reason}' if event.reason else ''}"
            case tickcast.Tick():
                for each in bounds:
                    if each.symbol != event.symbol:
                        continue
                    if not each.passed(event.price):
                        said.discard(each)
                    elif each not in said:
                        said.add(each)
                        yield f"{event.symbol} is at {event.price}, {each}"


def post(webhook: str, text: str) -> None:
    """Send a text to a webhook; a failure is printed, and the bot goes on."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(webhook, body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError as error:
        print(f"the webhook did not take it: {error}", flush=True)


def main() -> None:
    """Follow the symbols of all bounds until Ctrl-C."""
    parser = argparse.ArgumentParser(description="say when prices pass bounds")
    parser.add_argument("url", help="a gateway, such as http://127.0.0.1:8080")
    parser.add_argument("bounds", nargs="+", type=bound, help="'AAPL>190', 'BTC-USD<60000'")
    parser.add_argument("--webhook", help='where {"text": …} is posted to')
    options = parser.parse_args()
    symbols = sorted({each.symbol for each in options.bounds})
    with tickcast.follow_blocking(options.url, symbols) as prices:
        for text in alerts(prices, options.bounds):
            print(text, flush=True)
            if options.webhook:
                post(options.webhook, text)


if __name__ == "__main__":
    main()
