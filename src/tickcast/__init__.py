"""Tickcast: live prices to very many browsers over plain HTTP.

The folders of the repository are the subpackages of this one package; what of them is public is listed
in docs/python.md, and everything else may change. Importing this module loads the standard library alone:
each name loads what it needs when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickcast.client.blocking import BlockingPublisher
    from tickcast.client.errors import PublishError
    from tickcast.client.publisher import Publisher
    from tickcast.wire.fields import FieldError

    __version__: str
    """The version of the installed distribution."""

__all__ = ["BlockingPublisher", "FieldError", "PublishError", "Publisher", "__version__"]

_HOMES = {
    "BlockingPublisher": "tickcast.client.blocking",
    "FieldError": "tickcast.wire.fields",
    "PublishError": "tickcast.client.errors",
    "Publisher": "tickcast.client.publisher",
}
"""Name -> the module that defines it."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        found: object = version("tickcast")
    elif name in _HOMES:
        from importlib import import_module

        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
