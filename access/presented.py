"""Where a token comes from: the header `Authorization`, the cookie, or the query. Pure."""

from collections.abc import Collection, Iterable

COOKIE = "__Host-tickcast"
"""Its prefix has browsers take it over https alone, for this host and every path (RFC 6265bis, 4.1.3.2)."""

PARAMETER = "access_token"
"""The parameter of the query, where it is allowed (RFC 6750, section 2.3)."""


class PresentedError(ValueError):
    """Tokens came in several ways that differ (400), or in one that cannot be read (401)."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def presented(authorization: Iterable[str], cookies: Collection[str], parameter: str | None) -> str | None:
    """Return the one token of a request, from its headers and its query; None: it has none.

    Raises PresentedError.
    """
    lines = [*authorization]
    if len(lines) == 1 and parameter is None and not cookies:
        return _bearer(lines[0])
    tokens = [_bearer(line) for line in lines]
    for line in cookies:
        for pair in line.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                tokens.append(value.strip('"'))
    if parameter is not None:
        tokens.append(parameter)
    if len({*tokens}) > 1:
        raise PresentedError(
            400, f"two tokens that differ; send one: by Authorization, the cookie {COOKIE} or {PARAMETER}"
        )  # fmt: skip
    return tokens[0] if tokens else None


def _bearer(line: str) -> str:
    scheme, _, rest = line.strip().partition(" ")
    token = rest.strip()
    if scheme.lower() != "bearer" or not token:
        raise PresentedError(401, "Authorization: Bearer and a token are needed")
    return token
