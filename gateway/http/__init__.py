"""The HTTP API, with Starlette."""
