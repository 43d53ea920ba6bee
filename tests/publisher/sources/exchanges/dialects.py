"""What each exchange says, in the words of its documentation."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.publisher.sources.exchanges.market import Made, Symbol


class Dialect(Protocol):
    """Texts of one exchange. `names` are the symbols that it knows, by its spelling."""

    names: dict[str, Symbol]
    most: int

    def trade(self, name: str, made: Made) -> str: ...
    def quote(self, name: str, made: Made) -> str: ...
    def beats(self, subscribed: set[str]) -> list[str]: ...
    def answer(self, message: dict[str, Any], subscribed: set[str]) -> list[str]: ...
    def goodbye(self) -> str | None: ...


def stamp(time: int) -> str:
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    return found.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Coinbase:
    """Products fail together: one that is unknown refuses the whole subscription."""

    def __init__(self, names: dict[str, Symbol]) -> None:
        self.names = names
        self.most = 1000

    def _match(self, name: str, made: Made, kind: str) -> str:
        return json.dumps(
            {
                "type": kind,
                "trade_id": made.number,
                "maker_order_id": "27fff20b",
                "taker_order_id": "1da6ce16",
                "side": "sell",
                "size": made.size,
                "price": made.price,
                "product_id": name,
                "sequence": made.number * 3,
                "time": stamp(made.time),
            }
        )

    def trade(self, name: str, made: Made) -> str:
        return self._match(name, made, "match")

    def quote(self, name: str, made: Made) -> str:
        trade = self.names[name].trades[-1]
        return json.dumps(
            {
                "type": "ticker",
                "sequence": made.number,
                "product_id": name,
                "price": trade.price,
                "open_24h": "1",
                "volume_24h": "94381.28",
                "best_bid": made.price,
                "best_bid_size": made.size,
                "best_ask": made.ask,
                "best_ask_size": made.ask_size,
                "side": "buy",
                "time": stamp(made.time),
                "trade_id": trade.number,
                "last_size": trade.size,
            }
        )

    def beats(self, subscribed: set[str]) -> list[str]:
        return [
            json.dumps(
                {
                    "type": "heartbeat",
                    "sequence": self.names[name].trades[-1].number * 3,
                    "last_trade_id": self.names[name].trades[-1].number,
                    "product_id": name,
                    "time": stamp(self.names[name].trades[-1].time),
                }
            )
            for name in sorted(subscribed)
        ]

    def answer(self, message: dict[str, Any], subscribed: set[str]) -> list[str]:
        names = message["product_ids"]
        if message["type"] == "unsubscribe":
            subscribed.difference_update(names)
            return [self._subscriptions(subscribed)]
        assert message["type"] == "subscribe"
        for name in names:
            if name not in self.names:
                return [self._error(f"{name} is not a valid product")]
        if len(subscribed | {*names}) > self.most:
            return [self._error("subscription limit exceeded")]
        subscribed.update(names)
        found = [self._subscriptions(subscribed)]
        for name in names:
            found += [
                self._match(name, self.names[name].trades[-1], "last_match"),
                self.quote(name, self.names[name].quotes[-1]),
            ]
        return found

    def _subscriptions(self, subscribed: set[str]) -> str:
        names = sorted(subscribed)
        channels = [{"name": each, "product_ids": names} for each in ("ticker", "matches", "heartbeat")]
        return json.dumps({"type": "subscriptions", "channels": channels})

    def _error(self, reason: str) -> str:
        return json.dumps({"type": "error", "message": "Failed to subscribe", "reason": reason})

    def goodbye(self) -> str | None:
        return None


class Kraken:
    """Version 2: numbers are JSON numbers; each symbol is confirmed by itself."""

    def __init__(self, names: dict[str, Symbol]) -> None:
        self.names = names
        self.most = 1000

    def _trades(self, name: str, made: list[Made], kind: str) -> str:
        rows = ",".join(
            f'{{"symbol":"{name}","side":"sell","price":{each.price},"qty":{each.size},"ord_type":"market",'
            f'"trade_id":{each.number},"timestamp":"{stamp(each.time)}"}}'
            for each in made
        )
        return f'{{"channel":"trade","type":"{kind}","data":[{rows}]}}'

    def trade(self, name: str, made: Made) -> str:
        return self._trades(name, [made], "update")

    def quote(self, name: str, made: Made, kind: str = "update") -> str:
        last = self.names[name].trades[-1].price
        return (
            f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{name}","bid":{made.price},'
            f'"bid_qty":{made.size},"ask":{made.ask},"ask_qty":{made.ask_size},"last":{last},"volume":9.5,'
            f'"vwap":1.0,"low":1.0,"high":9.0,"change":0.1,"change_pct":0.1,"timestamp":"{stamp(made.time)}"}}]}}'
        )

    def beats(self, subscribed: set[str]) -> list[str]:
        return ['{"channel":"heartbeat"}']

    def answer(self, message: dict[str, Any], subscribed: set[str]) -> list[str]:
        if message["method"] == "ping":
            return ['{"method":"pong","time_in":"2023-09-24T14:10:23.799685Z"}']
        channel, names = message["params"]["channel"], message["params"]["symbol"]
        found = []
        for name in names:
            refusal = self._refusal(name, subscribed)
            if message["method"] == "unsubscribe":
                subscribed.discard(name)
            elif refusal:
                found.append(
                    json.dumps({"error": refusal, "method": "subscribe", "success": False, "symbol": name})
                )
            else:
                subscribed.add(name)
                result = {"channel": channel, "snapshot": True, "symbol": name}
                found.append(json.dumps({"method": "subscribe", "result": result, "success": True}))
                symbol = self.names[name]
                if channel == "trade":
                    found.append(self._trades(name, symbol.trades[-50:], "snapshot"))
                else:
                    found.append(self.quote(name, symbol.quotes[-1], "snapshot"))
        return found

    def _refusal(self, name: str, subscribed: set[str]) -> str:
        if name not in self.names:
            return f"Currency pair not supported {name}"
        return "Exceeded the subscription limit" if len(subscribed | {name}) > self.most else ""

    def goodbye(self) -> str | None:
        return None


class Binance:
    """Combined streams; names that it does not know are accepted and stay silent."""

    def __init__(self, names: dict[str, Symbol]) -> None:
        self.names = names
        self.most = 1000

    def trade(self, name: str, made: Made) -> str:
        data = {"e": "aggTrade", "E": made.time // 1000, "s": name, "a": made.number, "p": made.price}
        data |= {"q": made.size, "f": 1, "l": 1, "T": made.time // 1000, "m": True, "M": True}
        return json.dumps({"stream": f"{name.lower()}@aggTrade", "data": data})

    def quote(self, name: str, made: Made) -> str:
        data = {"u": made.number, "s": name, "b": made.price, "B": made.size, "a": made.ask}
        data["A"] = made.ask_size
        return json.dumps({"stream": f"{name.lower()}@bookTicker", "data": data})

    def beats(self, subscribed: set[str]) -> list[str]:
        found = []
        for name in sorted(subscribed & self.names.keys()):
            last = self.names[name].trades[-1]
            data = {"e": "24hrMiniTicker", "E": last.time // 1000, "s": name, "c": last.price}
            data |= {"o": "1.0", "h": "9.0", "l": "1.0", "v": "10", "q": "18"}
            found.append(json.dumps({"stream": f"{name.lower()}@miniTicker", "data": data}))
        return found

    def answer(self, message: dict[str, Any], subscribed: set[str]) -> list[str]:
        if message["method"] == "LIST_SUBSCRIPTIONS":
            return [json.dumps({"result": sorted(subscribed), "id": message["id"]})]
        names = {each.partition("@")[0].upper() for each in message["params"]}
        if message["method"] == "UNSUBSCRIBE":
            subscribed -= names
        elif len(subscribed | names) > self.most:
            return [
                json.dumps({"code": 2, "msg": "Invalid request: too many parameters", "id": message["id"]})
            ]
        else:
            subscribed |= names
        return [json.dumps({"result": None, "id": message["id"]})]

    def goodbye(self) -> str | None:
        return json.dumps({"stream": "", "data": {"e": "serverShutdown", "E": 1}})
