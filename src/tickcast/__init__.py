"""Tickcast: live prices to very many browsers over plain HTTP.

The folders of the repository are the subpackages of this one package; what of them is public is listed
in docs/python.md, and everything else may change. Importing this module loads the standard library alone:
each name loads what it needs when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickcast.access.grant import Grant, Refused
    from tickcast.client.blocking import BlockingPublisher
    from tickcast.client.errors import PublishError, StreamRefusedError
    from tickcast.client.events import Bar, Gap, Retired, State, Status, StreamState, Tick
    from tickcast.client.follow import Follow, follow
    from tickcast.client.follow_blocking import BlockingFollow, follow_blocking
    from tickcast.client.frames import to_arrow, to_pandas
    from tickcast.client.publisher import Publisher
    from tickcast.gateway.mounted.mount import mount
    from tickcast.wire.fields import FieldError

    __version__: str
    """The version of the installed distribution."""

__all__ = [
    "Bar",
    "BlockingFollow",
    "BlockingPublisher",
    "FieldError",
    "Follow",
    "Gap",
    "Grant",
    "PublishError",
    "Publisher",
    "Refused",
    "Retired",
    "State",
    "Status",
    "StreamRefusedError",
    "StreamState",
    "Tick",
    "__version__",
    "follow",
    "follow_blocking",
    "mount",
    "to_arrow",
    "to_pandas",
]

_HOMES = {
    "Bar": "tickcast.client.events",
    "BlockingFollow": "tickcast.client.follow_blocking",
    "BlockingPublisher": "tickcast.client.blocking",
    "FieldError": "tickcast.wire.fields",
    "Follow": "tickcast.client.follow",
    "Gap": "tickcast.client.events",
    "Grant": "tickcast.access.grant",
    "PublishError": "tickcast.client.errors",
    "Publisher": "tickcast.client.publisher",
    "Refused": "tickcast.access.grant",
    "Retired": "tickcast.client.events",
    "State": "tickcast.client.events",
    "Status": "tickcast.client.events",
    "StreamRefusedError": "tickcast.client.errors",
    "StreamState": "tickcast.client.events",
    "Tick": "tickcast.client.events",
    "follow": "tickcast.client.follow",
    "follow_blocking": "tickcast.client.follow_blocking",
    "mount": "tickcast.gateway.mounted.mount",
    "to_arrow": "tickcast.client.frames",
    "to_pandas": "tickcast.client.frames",
}
"""Name -> the module that defines it."""

_EXTRAS = {"mount": "gateway"}
"""Name -> the extra without which its module cannot be imported."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        found: object = version("tickcast")
    elif name in _HOMES:
        from importlib import import_module

        try:
            found = getattr(import_module(_HOMES[name]), name)
        except ModuleNotFoundError as error:
            if name not in _EXTRAS:
                raise
            missing, extra = error.name, _EXTRAS[name]
            why = f"tickcast.{name} needs {missing}, not installed here: pip install 'tickcast[{extra}]'"
            raise ModuleNotFoundError(why, name=missing) from None
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
