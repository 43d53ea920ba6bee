"""Events of a stream as columns: an Arrow batch, or a DataFrame.

pyarrow and pandas are loaded when they are used.
"""

from collections.abc import Iterable
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tickcast.client.events import Bar, Tick

if TYPE_CHECKING:
    import pandas
    import pyarrow

_WHOLE = ("q", "ticks")
_TEXTS = ("symbol", "interval", "src")
_MOMENTS = ("time", "start")
_DIGITS, _PLACES = 38, 20
"""Digits of a decimal in Arrow: what is below 1e18, with 20 places, fits."""


def to_arrow(
    events: Iterable[Any], of: type[Any] = Tick, numbers: type[Any] | None = None
) -> "pyarrow.RecordBatch":
    """Return the ticks among events as an Arrow batch, a column for each field; with `of=Bar` the bars.

    Times are timestamps in µs, in UTC. `numbers` is Decimal (decimal128, 38 digits, 20 of them places) or
    float (double); by default that of the first row, and Decimal without one. So batches of one stream have
    one schema. Raises ImportError without pyarrow: `pip install 'tickcast[arrow]'`; ValueError for a number
    with more than 20 places.
    """
    arrow = _loaded("pyarrow", "arrow")
    fields, rows, kind = _rows(events, of, numbers)
    number = arrow.float64() if kind is float else arrow.decimal128(_DIGITS, _PLACES)
    types = (
        dict.fromkeys(_WHOLE, arrow.int64())
        | dict.fromkeys(_TEXTS, arrow.string())
        | dict.fromkeys(_MOMENTS, arrow.timestamp("us", tz="UTC"))
        | {"snapshot": arrow.bool_()}
    )
    schema = arrow.schema([(name, types.get(name, number)) for name in fields])
    columns = [[row[place] for row in rows] for place in range(len(fields))]
    return arrow.record_batch(
        [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def to_pandas(
    events: Iterable[Any], of: type[Any] = Tick, numbers: type[Any] | None = None
) -> "pandas.DataFrame":
    """Return the ticks among events as a DataFrame, a column for each field; with `of=Bar` the bars.

    Times are timestamps in µs, in UTC. `numbers` as for `to_arrow`: a column of Decimal holds objects, with
    all digits; one of float holds doubles, NaN where there is none. Raises ImportError without pandas:
    `pip install 'tickcast[pandas]'`.
    """
    pandas = _loaded("pandas", "pandas")
    fields, rows, kind = _rows(events, of, numbers)
    columns = {}
    for place, name in enumerate(fields):
        column = [row[place] for row in rows]
        if name in _MOMENTS:
            columns[name] = (
                pandas.Series(column, dtype="int64").astype("datetime64[us]").dt.tz_localize("UTC")
            )
        else:
            columns[name] = pandas.Series(column, dtype=_dtype(name, kind))
    return pandas.DataFrame(columns, columns=[*fields])


def _dtype(name: str, number: type[Any]) -> str:
    if name in _WHOLE:
        return "int64"
    if name == "snapshot":
        return "bool"
    return "object" if name in _TEXTS or number is Decimal else "float64"


def _rows(
    events: Iterable[Any], of: type[Any], numbers: type[Any] | None
) -> tuple[tuple[str, ...], list[Any], type[Any]]:
    """Return the names of the fields, the events of that type, and the type of their numbers."""
    if of not in (Tick, Bar):
        raise ValueError(f"of: {of!r:.60} is not Tick or Bar")
    rows = [event for event in events if isinstance(event, of)]
    price = of._fields.index("price" if of is Tick else "open")
    kind = numbers or (type(rows[0][price]) if rows else Decimal)
    if kind not in (Decimal, float):
        raise ValueError(f"numbers: {kind!r:.60} is not Decimal or float")
    return of._fields, rows, kind


def _loaded(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise ImportError(f"{module} is not installed: pip install 'tickcast[{extra}]'") from None
