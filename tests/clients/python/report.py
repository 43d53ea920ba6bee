"""Prints what a client of the matrix reads (tests/clients/judge.py), and says what it is asked for."""

import json
import sys
import time
from typing import NoReturn

URL = sys.argv[1]

IDENTITY = {"Accept-Encoding": "identity"} if sys.argv[2] == "identity" else {}
"""Headers of a client that asks for no compression, where it is asked to."""

NOTHING = "null"


def event(name: str, data: str) -> None:
    """Print one event of the stream; its data is JSON, and printed as it came.

    An event without data is no event to the standard, and some clients hand it on all the same.
    """
    print(f'{{"at":{time.time_ns() // 1000},"event":"{name}","data":{data or NOTHING}}}', flush=True)


def error(why: object) -> None:
    """Print why the connection ended, or could not be made; the client goes on."""
    event("error", json.dumps(str(why)))


def end(why: object) -> NoReturn:
    """Print why the client gives up, and end the program."""
    event("end", json.dumps(str(why)))
    raise SystemExit(0)
