"""Tickcast: live prices to very many browsers over plain HTTP.

The folders of the repository are the subpackages of this one package; what of them is public is listed
in docs/python.md, and everything else may change.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("tickcast")
"""The version of the installed distribution."""
