"""URLs as messages show them: without user and password, however these are written."""

import re

_LOGIN = re.compile(r"//.*@", re.DOTALL)
"""What may be a login: a password may hold `/`, `#`, `?` or `@`, though a URL has to escape them."""

_PASSWORD = re.compile(r"[?&]password=", re.IGNORECASE)

_BEHIND = re.compile(r"[?#].*", re.DOTALL)


def shown_url(url: str) -> str:
    """Return a URL, or what should be one, without what may be a login, a query or a fragment."""
    return _BEHIND.sub("", _LOGIN.sub("//", url))


def holds_password(url: str) -> bool:
    """Tell whether a URL, or one of several with commas between, has a login that is more than a user name.

    A login of NATS without a colon is a token.
    """
    login = _LOGIN.search(url)
    if login is not None and (":" in login[0] or url.startswith(("nats:", "tls:"))):
        return True
    return bool(_PASSWORD.search(url))
