"""What the sources of exchanges count."""

from prometheus_client import Counter

CONNECTIONS = Counter(
    "tickcast_publisher_exchange_connections_total", "Connections opened to an exchange", ["source"]
)
LOST = Counter(
    "tickcast_publisher_exchange_lost_trades_total",
    "Trades that an exchange numbered and did not send",
    ["source"],
)
