"""JSON that must be exact, by the standard library. All other JSON of Tickcast is read and written by orjson.

Reading: a price has to keep its digits, and orjson turns 189.30 into the float 189.3 before anybody
can see the text. Only the standard library hands number texts out (`parse_float`). Writing: what stands
in Redis and on the wire is ASCII, and orjson writes other characters as UTF-8, never as escapes.
"""

import json
from collections.abc import Callable
from typing import Any


def load_digits(text: bytes | str, integers: Callable[[str], Any] = str) -> Any:
    """Return the value of a JSON text, its numbers as text; whole numbers as what `integers` makes of them.

    NaN and Infinity, which Python takes for numbers, are text too. Raises ValueError.
    """
    try:
        return json.loads(text, parse_float=str, parse_int=integers, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dump_ascii(text: str) -> str:
    """Return a JSON string in ASCII, quotes included: `"Nestl\\u00e9"`."""
    return json.dumps(text)
