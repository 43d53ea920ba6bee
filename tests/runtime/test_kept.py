"""What is kept for a moment."""

from tickcast.runtime.kept import MOST, TIMES, Kept


class Clock:
    """Time that passes when something is made."""

    def __init__(self) -> None:
        self.now = 100.0
        self.takes = 0.02
        self.made = 0

    def __call__(self) -> float:
        return self.now

    async def make(self) -> int:
        self.now += self.takes
        self.made += 1
        return self.made


async def test_it_is_kept_ten_times_as_long_as_it_took() -> None:
    clock = Clock()
    kept: Kept[int] = Kept(clock)
    assert [await kept.get(clock.make) for _ in range(3)] == [1, 1, 1]
    clock.now += TIMES * 0.019
    assert await kept.get(clock.make) == 1
    clock.now += 0.02
    assert await kept.get(clock.make) == 2


async def test_it_is_kept_for_a_second_at_most_and_while_it_is_good() -> None:
    clock = Clock()
    clock.takes = 5.0
    kept: Kept[int] = Kept(clock)
    assert await kept.get(clock.make) == 1
    assert await kept.get(clock.make, lambda value: value != 1) == 2
    clock.now += MOST
    assert await kept.get(clock.make) == 3
