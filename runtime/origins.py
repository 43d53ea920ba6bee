"""Which pages of other origins may read a gateway: CORS, by a list (Fetch standard, section 3.2). Pure."""

import re
from collections.abc import Mapping

from tickcast.runtime.problem import Problem

Fields = list[tuple[bytes, bytes]]

PREFIX = "/v1/"
"""Paths of what is for some and not for others. Everything else may be asked for from anywhere."""

METHODS = "GET, HEAD, POST, PATCH, QUERY"
HEADERS = "authorization, content-type, last-event-id, idempotency-key"
EXPOSED = "etag, retry-after, ratelimit, ratelimit-policy"
"""What a page may send and read, beside what every page may."""

MAX_AGE = "600"
"""Seconds for which a browser may keep the answer to a preflight."""

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")
_PORTS = {"http": "80", "https": "443"}


def parse_origins(text: str) -> frozenset[str]:
    """Return the origins of a comma list, such as `https://desk.example,http://localhost:3000`.

    Raises ValueError, which names the entry.
    """
    entries = [part.strip() for part in text.split(",") if part.strip()]
    for entry in entries:
        if not _ORIGIN.fullmatch(entry):
            raise ValueError(
                f"{entry[:60]!r} is no origin, such as https://desk.example or http://localhost:3000"
            )
    return frozenset(map(_normal, entries))


class Origins:
    """Decides by the field Origin, which browsers send and pages cannot forge."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def fields(self, headers: Mapping[str, list[str]], path: str) -> Fields:
        """Return the fields that an answer gets for its Origin. Raises Problem (403), also for two origins.

        `headers` has the values of each field, by its name in lower case.
        """
        # Who keeps an answer must not give that of one origin to another.
        vary = [(b"vary", b"origin")] if self._allowed else []
        origins = headers.get("origin", [])
        if not origins:
            return vary
        if len(origins) == 1 and _normal(origins[0]) in self._allowed:
            return [
                *vary,
                (b"access-control-allow-origin", origins[0].encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", EXPOSED.encode("ascii")),
                (b"cross-origin-resource-policy", b"cross-origin"),
            ]
        if path.startswith(PREFIX) and not _is_own(origins, headers):
            raise Problem(
                403,
                f"pages of {origins[0][:80]!r} may not read this gateway; if they should, add it to "
                "TICKCAST_CORS_ORIGINS (scheme://host[:port], with commas between)",
            )
        return vary

    def preflight(self, method: str, headers: Mapping[str, list[str]], fields: Fields) -> Fields | None:
        """Return the fields of the answer to a preflight, 204; None: the request is none.

        `fields` are those that its Origin gets.
        """
        asks = method == "OPTIONS" and "access-control-request-method" in headers
        if not asks or not any(name == b"access-control-allow-origin" for name, _ in fields):
            return None
        return [
            *fields,
            (b"access-control-allow-methods", METHODS.encode("ascii")),
            (b"access-control-allow-headers", HEADERS.encode("ascii")),
            (b"access-control-max-age", MAX_AGE.encode("ascii")),
        ]


def _is_own(origins: list[str], headers: Mapping[str, list[str]]) -> bool:
    """Tell whether a page comes from the gateway itself, or from the proxy before it."""
    # Browsers say it themselves where the page came by TLS or from this machine.
    if headers.get("sec-fetch-site") == ["same-origin"]:
        return True
    found = _ORIGIN.fullmatch(origins[0]) if len(origins) == 1 else None
    hosts = headers.get("host", [])
    if found is None or len(hosts) != 1:
        return False
    # Which scheme a proxy was asked by is not known here.
    return any(
        _normal(f"{scheme}://{hosts[0]}") == _normal(f"{scheme}://{_authority(found)}") for scheme in _PORTS
    )


def _authority(origin: "re.Match[str]") -> str:
    port = origin[3]
    return origin[2] if port is None else f"{origin[2]}:{port}"


def _normal(origin: str) -> str:
    """Return an origin as browsers write it: in lower case, without the usual port."""
    scheme, _, rest = origin.strip().lower().partition("://")
    usual = f":{_PORTS.get(scheme, '')}"
    return f"{scheme}://{rest.removesuffix(usual) if len(usual) > 1 else rest}"
