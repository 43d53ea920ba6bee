"""Events as columns: one schema for all batches, every digit, and words where a package is missing."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas
import pyarrow
import pytest

import tickcast

START = 1_795_384_800_123_456
MOMENT = datetime.fromtimestamp(START / 1e6, UTC)


def ticks(number: Any) -> list[Any]:
    """Return events with two ticks and a bar."""
    full = [
        number("427.90"),
        number("1e2"),
        number("427.89"),
        None,
        number("427.91"),
        number(3),
        number("1e17"),
    ]
    return [
        tickcast.Status("live", None, None),
        tickcast.Tick("A", 1, START, *full, "sim", True),
        tickcast.Gap("slow", "a", "b"),
        tickcast.Tick("B", 9, START, number("-0.00000000000000000001"), *[None] * 6, None, False),
        tickcast.Bar("A", "1m", START, *map(number, ("1", "2", "0.5", "1.5")), None, 3, 9),
    ]


def test_an_arrow_batch_has_a_row_for_each_tick_with_all_digits() -> None:
    batch = tickcast.to_arrow(ticks(Decimal))
    assert batch.schema.names == list(tickcast.Tick._fields)
    first, second = batch.to_pylist()
    assert (first["price"], first["size"], first["bid_size"]) == (Decimal("427.90"), 100, None)
    assert (first["time"], first["src"], first["snapshot"], first["q"]) == (MOMENT, "sim", True, 1)
    assert (second["price"], second["src"]) == (Decimal("-1E-20"), None)


@pytest.mark.parametrize("number", [Decimal, float])
def test_all_batches_of_a_stream_have_one_schema(number: Any) -> None:
    batches = [tickcast.to_arrow(part, numbers=number) for part in (ticks(number), ticks(number)[:2], [])]
    table = pyarrow.Table.from_batches(batches)
    assert table.num_rows == 3
    assert table.schema.field("price").type == (
        pyarrow.float64() if number is float else pyarrow.decimal128(38, 20)
    )


def test_bars_are_rows_too() -> None:
    (bar,) = tickcast.to_arrow(ticks(float), of=tickcast.Bar).to_pylist()
    assert bar["start"] == MOMENT
    assert (bar["open"], bar["volume"], bar["ticks"], bar["q"]) == (1.0, None, 3, 9)
    frame = tickcast.to_pandas(ticks(Decimal), of=tickcast.Bar)
    assert (frame["low"][0], frame["interval"][0], len(frame)) == (Decimal("0.5"), "1m", 1)


def test_a_number_with_more_places_than_fit_is_refused() -> None:
    tick = tickcast.Tick("A", 1, START, Decimal("1e-21"), *[None] * 6, None, False)
    with pytest.raises(ValueError, match=r"(?i)decimal|rescal"):
        tickcast.to_arrow([tick])


@pytest.mark.parametrize("number", [Decimal, float])
def test_a_frame_has_a_row_for_each_tick(number: Any) -> None:
    frame = tickcast.to_pandas(ticks(number))
    assert list(frame.columns) == list(tickcast.Tick._fields)
    assert list(frame["symbol"]) == ["A", "B"]
    assert frame["time"][0] == pandas.Timestamp(MOMENT)
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame["price"][0] == number("427.90")
    assert str(frame["price"].dtype) == ("object" if number is Decimal else "float64")
    assert pandas.isna(frame["bid"][1])
    assert [*frame.dtypes] == [*tickcast.to_pandas([], numbers=number).dtypes]


@pytest.mark.parametrize(
    ("name", "module", "extra"), [("to_arrow", "pyarrow", "arrow"), ("to_pandas", "pandas", "pandas")]
)
def test_without_its_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{module} is not installed: pip install 'tickcast\[{extra}\]'"):
        getattr(tickcast, name)([])


@pytest.mark.parametrize("arguments", [{"of": tickcast.Gap}, {"numbers": int}])
@pytest.mark.parametrize("name", ["to_arrow", "to_pandas"])
def test_what_is_no_table_is_refused(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not"):
        getattr(tickcast, name)([], **arguments)
