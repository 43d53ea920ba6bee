"""Every setting of a program can be given as a flag, too."""

import inspect
from collections.abc import Callable

import pytest
from pydantic_settings import BaseSettings

from tickcast.cli.commands.gateway import gateway
from tickcast.cli.commands.publisher import publisher
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.settings import PublisherSettings


@pytest.mark.parametrize(
    ("command", "settings"), [(gateway, GatewaySettings), (publisher, PublisherSettings)]
)
def test_a_command_has_a_flag_for_every_setting(
    command: Callable[..., None], settings: type[BaseSettings]
) -> None:
    assert set(inspect.signature(command).parameters) == set(settings.model_fields)
