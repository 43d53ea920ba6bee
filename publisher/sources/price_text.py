"""Prices as decimal text, cached: prices repeat, and formatting a price is slow."""

CAPACITY = 200_000
"""Texts in the cache, at most. A full cache is emptied, which costs less than to find the oldest."""


class PriceTexts(dict[int, str]):
    """Text of a price by its key: units of the last digit times 8, plus the decimal places (0 to 7)."""

    def __missing__(self, key: int) -> str:
        units, decimals = divmod(key, 8)
        digits = str(units).zfill(decimals + 1)
        text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        if len(self) >= CAPACITY:
            self.clear()
        self[key] = text
        return text
