"""Which options a source takes: it declares them, and uses them."""

import inspect
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceOptions, load_source, source_names
from tickcast.publisher.source_options import (
    OF_SOURCES,
    ignored_by,
    taken_by,
    takers_of,
    warn_of_ignored,
)

OURS = ["binance", "coinbase", "inbox", "kafka", "kraken", "nats", "replay", "simulated", "stdin"]


def used(name: str) -> set[str]:
    """Return the options that the modules of a source read."""
    file = Path(inspect.getsourcefile(load_source(name)) or "")
    modules = file.parent.glob("*.py") if name == file.parent.name else file.parent.glob(f"{file.stem}*.py")
    text = "".join(each.read_text("utf-8") for each in modules)
    found = set(re.findall(r"(?<![a-z])options\.(\w+)", text))
    return {"symbols" if each == "names" else each for each in found} & OF_SOURCES


@pytest.mark.parametrize("name", OURS)
def test_a_source_declares_what_it_uses(name: str) -> None:
    assert getattr(load_source(name), "takes", None) is not None
    assert taken_by(load_source(name)) == used(name)


def test_each_option_of_sources_is_a_setting_that_some_source_takes() -> None:
    assert set(PublisherSettings.model_fields) > OF_SOURCES
    assert {each for each in OF_SOURCES if not takers_of(each)} == set()
    assert takers_of("rate") == ["simulated"]
    assert set(OURS) <= set(source_names())


def test_of_a_source_that_declares_nothing_no_option_is_ignored() -> None:
    def mine(options: SourceOptions) -> list[str]:
        return []

    assert ignored_by(mine, ["rate", "file", "partitions"]) == []  # type: ignore[arg-type]
    mine.takes = ("rate",)  # type: ignore[attr-defined]
    assert ignored_by(mine, ["rate", "file", "partitions"]) == ["file"]  # type: ignore[arg-type]


def test_variables_that_change_nothing_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCAST_SOURCE", "stdin")
    monkeypatch.setenv("TICKCAST_FILE", "ticks.jsonl")
    monkeypatch.setenv("TICKCAST_RATE", "500")
    monkeypatch.setenv("TICKCAST_SYMBOLS", "20")
    monkeypatch.setenv("TICKCAST_TIME_UNIT", "ms")
    settings = PublisherSettings()
    with capture_logs() as logged:
        warn_of_ignored(settings, load_source(settings.source))
    # The rate is what it would be anyway.
    assert [(each["log_level"], each["settings"]) for each in logged] == [
        ("warning", "TICKCAST_FILE, TICKCAST_SYMBOLS")
    ]
