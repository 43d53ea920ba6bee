"""Logging to stderr, as text for people or as JSON lines."""

import logging
import sys
from typing import Literal

import structlog


def configure_logging(level: str, format: Literal["console", "json"]) -> None:
    """Write log lines of `level` (debug, info, warning, error) or above to stderr."""
    # In a file or a pipe, colour codes would be rubbish between the words.
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
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
    # Warnings of libraries.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
