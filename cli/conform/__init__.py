"""Conformance: whether a server, or a client, keeps to docs/protocol.md."""
