"""Options that several commands share. None stands for the default of the setting."""

from pathlib import Path
from typing import Annotated

import typer

from tickcast.runtime.errors import UserError

# The source of the feed.
Source = Annotated[
    str | None,
    typer.Option(
        help="simulated, replay, stdin, inbox, nats, kafka, coinbase, kraken, binance "
        "or your own [default: simulated]."
    ),
]
Symbols = Annotated[
    str | None,
    typer.Option(help="Symbols to simulate, or names to read of an exchange: BTC-USD,ETH-USD [default: 50]."),
]
Rate = Annotated[float | None, typer.Option(help="Ticks a second over all symbols [default: 500].")]
Seed = Annotated[int | None, typer.Option(help="Seed, to repeat a simulation [default: another each time].")]
File = Annotated[str | None, typer.Option(help="Recording to replay.")]
Speed = Annotated[str | None, typer.Option(help="Times the recorded pace, or max [default: 1].")]
Loop = Annotated[
    bool | None, typer.Option("--loop/--no-loop", help="Begin again at the recording's end [default: no].")
]
ExchangeUrl = Annotated[str | None, typer.Option(help="Websocket of an exchange [default: its own].")]
ExchangeQuiet = Annotated[
    float | None,
    typer.Option(
        help="Seconds of silence after which a symbol of an exchange is stale "
        "[default: as the exchange allows]."
    ),
]
TimeUnit = Annotated[
    str | None, typer.Option(help="Unit of the source's times: us, ms, s or ns [default: us].")
]
MaxAhead = Annotated[
    float | None, typer.Option(help="Seconds a time may be ahead of the clock [default: 86400].")
]
SymbolCase = Annotated[str | None, typer.Option(help="upper, or keep: the case of symbols [default: upper].")]

# Settings of several programs.
RedisUrl = Annotated[
    str | None, typer.Option(help="Redis of the feed; also REDIS_URL [default: redis://127.0.0.1:6379/0].")
]
Feed = Annotated[str | None, typer.Option(help="Name of the feed [default: main].")]
RedisPasswordFile = Annotated[Path | None, typer.Option(help="File that holds the password for Redis.")]
RedisCaFile = Annotated[
    Path | None, typer.Option(help="CAs of Redis's certificates, PEM [default: the system's].")
]
RedisCertFile = Annotated[Path | None, typer.Option(help="Certificate of this program for Redis, PEM.")]
RedisKeyFile = Annotated[Path | None, typer.Option(help="Key of that certificate, PEM.")]
SentinelUser = Annotated[str | None, typer.Option(help="User of this program at Sentinels.")]
SentinelPasswordFile = Annotated[Path | None, typer.Option(help="File with the password for Sentinels.")]
Partitions = Annotated[int | None, typer.Option(help="Partitions of the feed [default: 1].")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error [default: info].")]
LogFormat = Annotated[str | None, typer.Option(help="console or json [default: console].")]

# Redis for what gateways tell each other.
ControlUrl = Annotated[
    str | None, typer.Option(help="Redis for what gateways tell each other [default: that of the feed].")
]
ControlPasswordFile = Annotated[Path | None, typer.Option(help="File with the password for that Redis.")]

# What those who write a feed keep of it.
Retention = Annotated[float | None, typer.Option(help="Seconds that Redis keeps the log [default: 60].")]
RetentionBytes = Annotated[
    int | None, typer.Option(help="Bytes of a partition's log, at most [default: 256 MiB].")
]
Bars = Annotated[
    bool | None, typer.Option("--bars/--no-bars", help="Form bars of a second and a minute [default: yes].")
]
StaleAfter = Annotated[
    float | None,
    typer.Option(help="Seconds without a tick after which a symbol is stale; 0: never [default: 0]."),
]
BarsBytes = Annotated[
    int | None, typer.Option(help="Bytes of all bars in Redis, at most [default: 128 MiB].")
]
Lease = Annotated[float | None, typer.Option(help="Seconds that leadership lasts unrenewed [default: 2].")]
MetricsHost = Annotated[str | None, typer.Option(help="Address of the metrics port [default: 127.0.0.1].")]
MetricsPort = Annotated[int | None, typer.Option(help="Port for Prometheus [default: none].")]

# What is shown to the server that is asked, and what proves it.
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", "--token", help="File with a token, if the server wants one.", metavar="FILE"
    ),
]
CaCert = Annotated[
    Path | None, typer.Option(help="CAs of the server's certificate, PEM [default: the system's].")
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Take any certificate: nothing proves who answers.")
]

Debug = Annotated[
    bool | None, typer.Option("--debug/--no-debug", help="Show the operator's page at /debug [default: no].")
]

AuthKeys = Annotated[
    str | None, typer.Option(help="Keys that prove tokens: a JWK set, a folder of them, or an https URL.")
]
AuthIssuer = Annotated[str | None, typer.Option(help="Issuer of the tokens (iss).")]
AuthAudience = Annotated[str | None, typer.Option(help="Audience of the tokens (aud).")]


def check_bars(bars: str) -> None:
    """Raise UserError unless `bars` is an interval of bars that streams have, or empty."""
    from tickcast.wire.bar import INTERVALS

    if bars and bars not in INTERVALS:
        raise UserError(f"--bars: {bars!r} is not one of {', '.join(INTERVALS)}", 2)
