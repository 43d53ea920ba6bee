"""Settings that both programs have: from the environment, checked, and quiet about passwords."""

import pytest
from pydantic import ValidationError

from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.settings import PublisherSettings
from tickcast.runtime.settings import ProgramSettings

BOTH = pytest.mark.parametrize("kind", [PublisherSettings, GatewaySettings])


def test_defaults_need_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("TICKCAST_REDIS_URL", raising=False)
    assert ProgramSettings().redis_url == "redis://127.0.0.1:6379/0"


@BOTH
def test_the_address_of_redis_is_read_and_the_own_name_wins(
    kind: type[ProgramSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://b/1")
    assert kind().redis_url == "redis://b/1"
    monkeypatch.setenv("TICKCAST_REDIS_URL", "redis://a/1")
    assert kind().redis_url == "redis://a/1"


@BOTH
def test_a_password_shows_neither_in_repr_nor_in_errors(kind: type[ProgramSettings]) -> None:
    assert "hunter2" not in repr(kind(redis_url="redis://:hunter2@h/0"))
    with pytest.raises(ValidationError) as refused:
        kind(redis_url="http://:hunter2@h/0")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redis_url", "http://127.0.0.1"),
        ("redis_url", "redis://"),
        ("partitions", 0),
        ("partitions", 257),
        ("log_level", "loud"),
        ("log_format", "xml"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        ProgramSettings(**{name: value})  # type: ignore[arg-type]
    [error] = refused.value.errors()
    assert str(error["loc"][0]).lower().removeprefix("tickcast_") == name
