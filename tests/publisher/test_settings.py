import pytest
from pydantic import ValidationError

from publisher.settings import PublisherSettings


def test_defaults_need_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("TICKCAST_REDIS_URL", raising=False)
    assert PublisherSettings().redis_url == "redis://127.0.0.1:6379/0"


def test_the_environment_is_read_and_the_own_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://b/1")
    assert PublisherSettings().redis_url == "redis://b/1"
    monkeypatch.setenv("TICKCAST_REDIS_URL", "redis://a/1")
    monkeypatch.setenv("TICKCAST_RETENTION_BYTES", "2000000")
    settings = PublisherSettings()
    assert (settings.redis_url, settings.retention_bytes) == ("redis://a/1", 2_000_000)


@pytest.mark.parametrize(("speed", "pace"), [("1", 1.0), ("10", 10.0), ("0.5", 0.5), ("max", None)])
def test_a_speed_is_a_pace(speed: str, pace: float | None) -> None:
    assert PublisherSettings(speed=speed).pace == pace


@pytest.mark.parametrize(
    "wrong",
    [
        {"redis_url": "http://127.0.0.1"},
        {"redis_url": "redis://"},
        {"partitions": 0},
        {"partitions": 257},
        {"rate": 0},
        {"rate": float("inf")},
        {"speed": "0"},
        {"speed": "-1"},
        {"speed": "fast"},
        {"retention": 0},
        {"retention_bytes": 10},
        {"lease": 0.1},
        {"log_level": "loud"},
        {"metrics_port": 0},
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        PublisherSettings(**wrong)
    [error] = refused.value.errors()
    assert str(error["loc"][0]).lower().removeprefix("tickcast_") == next(iter(wrong))


def test_a_password_shows_neither_in_repr_nor_in_errors() -> None:
    assert "secret" not in repr(PublisherSettings(redis_url="redis://:secret@h/0"))
    with pytest.raises(ValidationError) as refused:
        PublisherSettings(redis_url="http://:secret@h/0")
    assert "secret" not in str(refused.value)
