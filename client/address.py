"""Server addresses as users write them."""

from urllib.parse import urlsplit

from tickcast.runtime.urls import shown_url


def server_address(url: str) -> str:
    """Return `url` with a scheme (http if it has none) and without a slash at its end.

    Raises ValueError for a URL that HTTP can never reach.
    """
    address = (url if "//" in url else f"http://{url}").rstrip("/")
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        # The words of urllib quote what stands behind a colon, which may be a password.
        good = False
    if not good:
        raise ValueError(f"{shown_url(url)!r} is no address; write it like http://127.0.0.1:8080")
    return address
