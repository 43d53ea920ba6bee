"""Strategies for what no program of ours would write: odd JSON, and good bytes that were damaged."""

import json
from typing import Any

from hypothesis import strategies as st

ODD_NUMBERS = [
    "0e999", "-0", "1e-999", "1E+400", "00", "01", "-01", "1.", ".5", "NaN", "-Infinity", "9" * 400,
    "9007199254740993",
    "18446744073709551616", "1e18", "999999999999999999999", "0." + "0" * 30 + "1", "1" + "0" * 31,
    "-1e17", "٣",
]  # fmt: skip
"""Texts that some parser takes for a number."""

ODD_TEXTS = [
    "", " ", ".", "..", "*", "A*", "a", "\0", "\n", "\r\n", "\t", "\ud800", "\udfff\ud800", "\u2028",
    "\u202e",
    "é", "İ", "ß", "A" * 64, "A" * 65, "A,B", '"', "\\", "A B", "A" * 4096, "__proto__", "{}", "-", "\x7f",
    "\x85",
]  # fmt: skip

DEPTHS = [1, 30, 300, 480, 900, 990, 1000, 1024, 5000, 100_000]
"""How deep JSON is nested: parsers, and what shows a value, end at some of them."""

odd_texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=20)


def nested(depth: int) -> "Raw":
    """Return JSON nested so deep."""
    return Raw("[" * depth + "]" * depth)


class Raw(str):
    """JSON that stands for itself; its text need not be valid."""

    __slots__ = ()


_leaves: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    odd_texts,
    st.sampled_from(ODD_NUMBERS).map(Raw),
    st.sampled_from(DEPTHS).map(nested),
)

values: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=6,
)
"""Values of JSON, some of which only look like one: `written` makes text of them."""


def written(value: Any) -> str:
    """Return a value as JSON, without blanks."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def as_bytes(text: str) -> bytes:
    """Return a text in UTF-8; half a character becomes bytes that are none."""
    return text.encode("utf-8", "surrogatepass")


def objects(good: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with fields of these names, each with a good value or with any other, and with other fields."""
    named = st.fixed_dictionaries({}, optional={name: each | values for name, each in good.items()})
    return st.builds(lambda one, more: {**more, **one}, named, st.dictionaries(odd_texts, values, max_size=1))


PIECES = [
    b"", b"\0", b"\n", b"\r\n", b"\r", b" ", b"\t", b"}", b"{", b'"', b",", b":", b"[" * 2000, b"\xff",
    b"\xed\xa0\x80",
    b"-1", b"0", b"00", b"9" * 40, b"1e999", b"null", b"*", b"..", b"A" * 65, b"\xef\xbb\xbf", b"\xff\xfe",
]  # fmt: skip
"""What is put into good bytes."""


@st.composite
def damaged(draw: st.DrawFn, good: st.SearchStrategy[bytes], most: int = 4) -> bytes:
    """Good bytes in which up to `most` places were cut out, repeated, or replaced."""
    data = draw(good)
    for _ in range(draw(st.integers(0, most))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 40)))
        times = draw(st.sampled_from([0, 0, 2, 100]))
        piece = data[begin:end] * times or draw(st.sampled_from(PIECES) | st.binary(max_size=4))
        data = data[:begin] + piece + data[end:]
    return data


class Long(bytes):
    """Bytes that are shown by their beginning."""

    def __repr__(self) -> str:
        return f"{bytes(self[:60])!r}... ({len(self)} bytes)"


def filled(pieces: list[bytes], size: int) -> st.SearchStrategy[bytes]:
    """As many of a few pieces as `size` bytes hold: what takes longer with each byte shows here."""
    few = st.lists(st.sampled_from(pieces), min_size=1, max_size=3).map(b"".join).filter(bool)
    return few.map(lambda piece: Long((piece * (size // len(piece) + 1))[:size]))
