"""JSON that must be exact, by the standard library. All other JSON of Tickcast is read and written by orjson.

Reading: a price has to keep its digits, and orjson turns 189.30 into the float 189.3 before anybody
can see the text. Only the standard library hands number texts out (`parse_float`). Writing: what stands
in Redis and on the wire is ASCII, and orjson writes other characters as UTF-8, never as escapes.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_BLANKS = re.compile(r"[ \t\n\r]*")


def load_digits(text: bytes | str, integers: Callable[[str], Any] = str) -> Any:
    """Return the value of a JSON text, its numbers as text; whole numbers as what `integers` makes of them.

    NaN and Infinity, which Python takes for numbers, are text too. Raises ValueError.
    """
    try:
        return json.loads(text, parse_float=str, parse_int=integers, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def array_elements(text: str) -> Iterator[str]:
    """Yield the JSON text of each element of an array, as it stands there. Raises ValueError."""
    at = _blanks(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("it does not begin with [")
    at = _blanks(text, at + 1)
    if text[at : at + 1] != "]":
        while True:
            end = _end_of_value(text, at)
            yield text[at:end]
            at = _blanks(text, end)
            if text[at : at + 1] != ",":
                break
            at = _blanks(text, at + 1)
    if text[at : at + 1] != "]":
        raise ValueError(f"at character {at} , or ] is needed")
    if _blanks(text, at + 1) != len(text):
        raise ValueError("something comes after the array")


def _blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    assert found is not None
    return found.end()


def _end_of_value(text: str, at: int) -> int:
    try:
        return _DECODER.raw_decode(text, at)[1]
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dump_ascii(text: str) -> str:
    """Return a JSON string in ASCII, quotes included: `"Nestl\\u00e9"`."""
    return json.dumps(text)
