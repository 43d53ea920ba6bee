"""A small hub over real HTTP, out of which the tests make what stands in for a rival's binary.

It knows only what the rival's documentation says of its requests, and refuses everything else.
"""

import sys
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[3]


class Hub:
    """Who listens to which channel."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, list[SimpleQueue[bytes]]] = defaultdict(list)

    def publish(self, channel: str, event: bytes) -> None:
        """Hand an event to all who listen to a channel."""
        for listener in self._listeners[channel]:
            listener.put(event)

    def listen(self, channels: list[str]) -> SimpleQueue[bytes]:
        """Return where the events of these channels arrive."""
        events: SimpleQueue[bytes] = SimpleQueue()
        for channel in channels:
            self._listeners[channel].append(events)
        return events


class Handler(BaseHTTPRequestHandler, ABC):
    """What both stand-ins answer with."""

    protocol_version = "HTTP/1.1"

    @abstractmethod
    def get(self) -> None:
        """Answer a GET."""

    @abstractmethod
    def post(self) -> None:
        """Answer a POST."""

    def do_GET(self) -> None:
        """Be called by the library."""
        self.get()

    def do_POST(self) -> None:
        """Be called by the library."""
        self.post()

    def answer(self, status: int, body: bytes = b"") -> None:
        """Send a whole response."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        """Return the body of the request."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def stream(self, events: SimpleQueue[bytes]) -> None:
        """Send a stream of events that does not end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            event = events.get()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Ends with its process, whoever still listens."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes is no error."""


def run(port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
    """Serve until the process is ended."""
    Server(("127.0.0.1", port), handler).serve_forever()


def install(directory: Path, name: str, module: str) -> None:
    """Make a program `name` of a module's `main`."""
    directory.mkdir(exist_ok=True)
    program = directory / name
    lines = [f"#!{sys.executable}", "import sys", f"sys.path.insert(0, {str(ROOT)!r})"]
    program.write_text("\n".join([*lines, f"from {module} import main", "main()", ""]))
    program.chmod(0o755)
