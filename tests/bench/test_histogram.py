from hypothesis import given
from hypothesis import strategies as st

from tickcast.bench.histogram import Histogram, bucket, lowest


@given(st.integers(0, 10**10))
def test_a_bucket_begins_within_two_percent_below_its_values(value: int) -> None:
    begin = lowest(bucket(value))
    assert begin <= value
    assert value - begin <= value / 60
    assert bucket(begin) == bucket(value)


def test_percentiles_of_known_values() -> None:
    ages = Histogram()
    for value in range(1, 101):
        ages.add(value)
    assert ages.percentile(50) == 50
    assert ages.percentile(99) == 99
    assert ages.percentile(100) == 100


def test_merging_is_counting_together() -> None:
    one, other = Histogram(), Histogram()
    one.add(10)
    other.add(20, 3)
    one.merge(other)
    assert one.total == 4
    assert one.percentile(99) == 20


def test_no_values_have_no_age_and_a_clock_set_back_counts_as_none() -> None:
    ages = Histogram()
    assert ages.percentile(99) == 0
    ages.add(-5)
    assert ages.percentile(99) == 0
    assert ages.total == 1
