"""The HTTP API, built with Starlette."""
