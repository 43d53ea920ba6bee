"""Settings of the publisher."""

import pytest
from pydantic import ValidationError

from tickcast.publisher.settings import PublisherSettings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCAST_RETENTION_BYTES", "2000000")
    assert PublisherSettings().retention_bytes == 2_000_000


@pytest.mark.parametrize(("speed", "pace"), [("1", 1.0), ("10", 10.0), ("0.5", 0.5), ("max", None)])
def test_a_speed_is_a_pace(speed: str, pace: float | None) -> None:
    assert PublisherSettings(speed=speed).pace == pace


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0},
        {"rate": float("inf")},
        {"speed": "0"},
        {"speed": "-1"},
        {"speed": "fast"},
        {"retention": 0},
        {"retention_bytes": 10},
        {"lease": 0.1},
        {"metrics_port": 0},
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        PublisherSettings(**wrong)
    [error] = refused.value.errors()
    assert str(error["loc"][0]).lower().removeprefix("tickcast_") == next(iter(wrong))
