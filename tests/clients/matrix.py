"""The clients of the matrix, and what each of them does in each scenario: the table of docs/clients.md.

Every cell is held by a test of the scenario, and compared with the table by test_table.py.
"""

from typing import NamedTuple

SCENARIOS = (
    "plain", "as it asks", "killed", "drained", "restarted", "torn", "quiet", "large", "full", "503", "400",
)  # fmt: skip
"""Columns of the table."""


class Client(NamedTuple):
    """One client: a program of a few lines in tests/clients, and its row of the table."""

    name: str
    """As its authors call it."""
    language: str
    """The folder of its program."""
    program: str
    package: str
    """The package whose version is pinned there; empty: part of the language."""
    asks: str
    """The codings that it asks for by itself, as sent in Accept-Encoding; empty: none."""
    stops: tuple[str, ...] = ()
    """Scenarios in which it gives up, besides 400: there every client has to."""
    torn: tuple[str, ...] = ()
    """What is wrong where its connection ended inside an event, once each; empty: it goes on exactly."""
    empties: bool = False
    """Whether it hands on an event without data, which is none by the standard, for a `retry:` alone."""

    def cell(self, scenario: str) -> str:
        """Return what the table says."""
        if scenario == "400" or scenario in self.stops:
            return "stops"
        if scenario == "torn" and self.torn:
            return "not exact"
        return f"works, {self.coding or 'plain'}" if scenario == "as it asks" else "works"

    @property
    def coding(self) -> str:
        """The coding that it is then sent; empty: none."""
        return next((coding for coding in ("zstd", "gzip") if coding in self.asks), "")


_NODE = "gzip, deflate"
_PYTHON = "gzip, deflate"

CLIENTS = (
    Client("net/http", "go", "net_http", "", "gzip"),
    Client(
        "r3labs/sse",
        "go",
        "r3labs",
        "github.com/r3labs/sse/v2",
        "gzip",
        torn=("not whole", "repeat", "reset"),
        empties=True,
    ),
    Client("tmaxmax/go-sse", "go", "tmaxmax", "github.com/tmaxmax/go-sse", "gzip", empties=True),
    Client(
        "launchdarkly/eventsource",
        "go",
        "launchdarkly",
        "github.com/launchdarkly/eventsource",
        "gzip",
        empties=True,
    ),
    Client(
        "donovanhide/eventsource",
        "go",
        "donovanhide",
        "github.com/donovanhide/eventsource",
        "gzip",
        empties=True,
    ),
    Client("eventsource", "node", "eventsource.mjs", "eventsource", _NODE, stops=("503",)),
    Client(
        "fetch-event-source",
        "node",
        "fetch_event_source.mjs",
        "@microsoft/fetch-event-source",
        _NODE,
        torn=("hole",),
        empties=True,
    ),
    Client("launchdarkly-eventsource", "node", "launchdarkly.mjs", "launchdarkly-eventsource", ""),
    Client("rexxars/eventsource-client", "node", "eventsource_client.mjs", "eventsource-client", _NODE),
    Client("eventsource-parser", "node", "eventsource_parser.mjs", "eventsource-parser", _NODE),
    Client("httpx-sse", "python", "by_httpx_sse.py", "httpx-sse", _PYTHON, empties=True),
    Client("sseclient-py", "python", "by_sseclient_py.py", "sseclient-py", _PYTHON),
    Client("aiohttp", "python", "by_aiohttp.py", "aiohttp", _PYTHON),
    Client("reqwest-eventsource", "rust", "reqwest_eventsource", "reqwest-eventsource", "", stops=("503",)),
    Client("eventsource-client", "rust", "eventsource_client", "eventsource-client", ""),
    Client("eventsource-stream", "rust", "eventsource_stream", "eventsource-stream", ""),
    Client("java.net.http", "java", "JdkClient", "", ""),
    Client("okhttp-sse", "java", "OkHttpSse", "okhttp-sse", "gzip"),
    Client("okhttp-eventsource", "java", "OkHttpEventSource", "okhttp-eventsource", "gzip"),
    Client("Spring WebClient", "java", "SpringWebClient", "spring-webflux", "gzip", empties=True),
    Client("Jersey", "java", "Jersey", "jersey-media-sse", "", stops=("restarted",), empties=True),
)
"""The order of the table."""
