"""Prices as decimal text, remembered: prices come again and again, and formatting is what costs."""

CAPACITY = 200_000
"""Texts to remember; over it all are forgotten, which costs less than to find the oldest."""


class PriceTexts(dict[int, str]):
    """Text of a price by its key: units of the last digit times 8, plus the number of decimals."""

    def __missing__(self, key: int) -> str:
        units, decimals = divmod(key, 8)
        digits = str(units).zfill(decimals + 1)
        text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        if len(self) >= CAPACITY:
            self.clear()
        self[key] = text
        return text
