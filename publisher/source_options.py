"""Which settings a source takes, as it declares by `takes`, and which of those that were given it ignores."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields

import structlog

from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError, SourceFactory, SourceOptions, load_source, source_names

_OF_ALL = {"names", "max_ahead", "symbol_case", "again", "leads", "last"}
"""What the publisher itself makes use of for every source, or tells it unasked."""

OF_SOURCES = {field.name for field in fields(SourceOptions)} - _OF_ALL
"""The settings that are for some sources alone."""

_log = structlog.get_logger("publisher.source_options")


def taken_by(factory: SourceFactory) -> frozenset[str]:
    """Return the settings that a source takes; all, if it does not say."""
    return frozenset(getattr(factory, "takes", OF_SOURCES))


def ignored_by(factory: SourceFactory, given: Iterable[str]) -> list[str]:
    """Return those of the settings that were given which a source ignores."""
    return sorted(OF_SOURCES.intersection(given) - taken_by(factory))


def takers_of(setting: str) -> list[str]:
    """Return the installed sources that declare that they take a setting."""
    found = []
    for name in source_names():
        # A source that cannot be loaded is none to point at.
        with suppress(SourceError):
            if setting in getattr(load_source(name), "takes", ()):
                found.append(name)
    return found


def warn_of_ignored(settings: PublisherSettings, factory: SourceFactory) -> None:
    """Log which settings have no effect on the source.

    A warning, and no more: an environment is often shared, by sources of several feeds, or by one before
    and after a change. One that says what holds anyway is no mistake.
    """
    default = type(settings).model_fields
    given = [
        each
        for each in settings.model_fields_set
        if each in default and getattr(settings, each) != default[each].default
    ]
    if ignored := ignored_by(factory, given):
        named = ", ".join(f"TICKCAST_{each.upper()}" for each in ignored)
        _log.warning("settings that the source ignores", source=settings.source, settings=named)
