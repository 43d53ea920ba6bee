"""Server addresses as users write them."""

from urllib.parse import urlsplit


def server_address(url: str) -> str:
    """Return `url` with a scheme (http if it has none) and without a slash at its end.

    Raises ValueError for a URL that HTTP can never reach.
    """
    address = (url if "//" in url else f"http://{url}").rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{url!r} is no address; write it like http://127.0.0.1:8080")
    return address
