"""Settings of the gateway."""

import pytest
from pydantic import ValidationError

from tickcast.gateway.settings import GatewaySettings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCAST_PORT", "9000")
    monkeypatch.setenv("TICKCAST_REUSE_PORT", "true")
    settings = GatewaySettings()
    assert (settings.port, settings.reuse_port) == (9000, True)


def test_each_gateway_has_a_name_of_its_own() -> None:
    made = GatewaySettings().gateway_id
    assert GatewaySettings().gateway_id != made
    assert GatewaySettings(gateway_id=made).gateway_id == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 70_000),
        ("gateway_id", "two words"),
        ("ring_seconds", 0),
        ("ring_bytes", 1),
        ("max_connections", 0),
        ("max_symbols", 10_001),
        ("heartbeat", 1),
        ("drain", -1),
        ("max_age", float("inf")),
        ("rest_above", 5),
        ("rest_above", 101),
    ],
)
def test_a_value_out_of_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        GatewaySettings(**{name: value})  # type: ignore[arg-type]
