"""The Lua scripts that run inside Redis, read from the files beside this module."""

from importlib.resources import files

CLAIM = files("tickcast.wire").joinpath("claim.lua").read_text("utf-8")
"""Makes a publisher the writer of one partition; its head lists keys, arguments and answers."""

PUBLISH = files("tickcast.wire").joinpath("publish.lua").read_text("utf-8")
"""Writes one batch, or a heartbeat, to one partition; its head lists keys, arguments and answers."""

HAND_IN = files("tickcast.wire").joinpath("hand_in.lua").read_text("utf-8")
"""Appends an entry to an inbox that is bounded; its head lists keys, arguments and answers."""
