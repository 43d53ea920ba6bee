"""Logging to stderr, as text for people or as JSON lines.

Libraries log for each request what a client did wrong, some with a traceback. Those lines come out like all
others, but of each kind one a minute at most, which says how many were left out.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from tickcast.runtime.repeats import Repeats, by_clients


def configure_logging(level: str, format: Literal["console", "json"]) -> None:
    """Write log lines of `level` (debug, info, warning, error) or above to stderr."""
    # In a file or a pipe, colour codes would be rubbish between the words. Other formatters of tracebacks
    # show the variables of each function, among them passwords.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    renderer = structlog.processors.JSONRenderer() if format == "json" else console
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryHandler()], force=True)


def log_by_logging() -> None:
    """Hand log lines to Python's logging, as `tickcast`, unless this program has configured structlog.

    For programs that are not ours: where lines go, and which, is what they have set there.
    """
    if not structlog.is_configured():
        structlog.configure(
            processors=[structlog.stdlib.filter_by_level, _as_record],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=lambda *_: logging.getLogger("tickcast"),
        )


def _as_record(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the arguments of a call of Python's logging."""
    error = event.pop("exc_info", None)
    message = str(event.pop("event"))
    details = ", ".join(f"{name}={value}" for name, value in event.items())
    return ("%s", f"{message} ({details})" if details else message), {"exc_info": error}


class LibraryHandler(logging.Handler):
    """Passes on what libraries log; of what they repeat, one line a period."""

    def __init__(self, repeats: Repeats = by_clients) -> None:
        super().__init__()
        self._repeats = repeats
        self._log = structlog.get_logger()

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record, unless one of its kind was logged a moment ago."""
        try:
            # asyncio appends lines that name the one connection or task.
            kind = str(record.msg).partition("\n")[0]
            error = record.exc_info[0] if record.exc_info else None
            left_out = self._repeats.due((record.name, kind, error))
            if left_out is None:
                return
            details = {"library": record.name} | ({"left_out": left_out} if left_out else {})
            message = "; ".join(record.getMessage().split("\n"))
            self._log.log(record.levelno, message.strip("; "), exc_info=record.exc_info, **details)
        except Exception:
            # An error in logging must not become one of the program.
            self.handleError(record)
