"""Handing in over HTTP: `POST /v1/ticks` on a port of the publisher's own (docs/inbox.md)."""
