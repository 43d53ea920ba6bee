"""docs/scaling.md: the defaults that it names are those of the programs and of deploy/redis/redis.conf."""

import re

import pytest

from tests.support.docs import name, rows, section
from tests.support.snippets import ROOT
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.settings import PublisherSettings

ROWS = {name(row): row["default"] for row in rows(section("scaling.md", "### What to set"), "setting")}
LIMIT = "Redis `client-output-buffer-limit pubsub"
UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "kb": 1024, "mb": 1024**2, "gb": 1024**3}


def size(text: str) -> int:
    """Return the bytes of a size such as 64 MiB, or 64mb of a redis.conf."""
    found = re.fullmatch(r"(\d+) ?([a-zA-Z]+)", text)
    assert found is not None, text
    return int(found[1]) * UNITS[found[2]]


def default(setting: str) -> object:
    """Return the default of a setting, as of the program that has it."""
    field = setting.removeprefix("TICKCAST_").lower()
    known = {**PublisherSettings.model_fields, **GatewaySettings.model_fields}
    return known[field].default


def test_every_setting_of_the_table_is_looked_at() -> None:
    ours = [each for each in ROWS if each.startswith("TICKCAST_")]
    assert ours == ["TICKCAST_RING_BYTES", "TICKCAST_RETENTION_BYTES"]
    assert len(ROWS) == len(ours) + 2


@pytest.mark.parametrize("setting", ["TICKCAST_RING_BYTES", "TICKCAST_RETENTION_BYTES"])
def test_a_default_of_the_table_is_that_of_the_program(setting: str) -> None:
    assert size(ROWS[setting]) == default(setting)


def test_the_limit_of_subscribers_is_that_of_redis_conf() -> None:
    conf = (ROOT / "deploy/redis/redis.conf").read_text("utf-8")
    said = re.fullmatch(r"(.*), (.*) for (\d+) s", ROWS[LIMIT])
    set_to = re.search(r"^client-output-buffer-limit pubsub (\S+) (\S+) (\d+)$", conf, re.MULTILINE)
    assert said is not None
    assert set_to is not None
    assert [size(said[1]), size(said[2]), said[3]] == [size(set_to[1]), size(set_to[2]), set_to[3]]


def test_the_share_above_which_a_gateway_rests_is_its_default() -> None:
    text = (ROOT / "docs/scaling.md").read_text("utf-8")
    share = default("TICKCAST_REST_ABOVE")
    assert f"less than {share} % of the time (`TICKCAST_REST_ABOVE`)" in " ".join(text.split())
