from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.sources import price_text
from tickcast.publisher.sources.price_text import PriceTexts
from tickcast.wire.decimals import is_decimal, places


@given(st.integers(0, 10**12), st.integers(0, 7))
def test_a_text_has_every_digit_of_its_price(units: int, decimals: int) -> None:
    text = PriceTexts()[units * 8 + decimals]

    assert is_decimal(text)
    assert places(text) == decimals
    assert Decimal(text) == Decimal(units).scaleb(-decimals)


def test_it_remembers_a_bounded_number_of_texts() -> None:
    texts = PriceTexts()
    for units in range(price_text.CAPACITY + 10):
        assert texts[units * 8].isdigit()

    assert len(texts) <= price_text.CAPACITY
