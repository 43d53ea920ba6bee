"""The address of a server, as a user writes it."""

from urllib.parse import urlsplit


def server_address(url: str) -> str:
    """Return `url` with its scheme, which is http if it has none, and no slash at the end.

    Raises ValueError for what can never be reached over HTTP.
    """
    address = (url if "//" in url else f"http://{url}").rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{url!r} is no address; it is written like http://127.0.0.1:8080")
    return address
