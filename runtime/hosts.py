"""Which hosts a request may name: a page of another site must not read a gateway by a name of its own.

By DNS rebinding a name of an attacker comes to lead to 127.0.0.1, and a browser takes the attacker's page and
the gateway for one site. It still sends the attacker's name in Host.
"""

import re
from ipaddress import ip_address

from tickcast.runtime.problem import Problem

HEALTH = ("/healthz", "/readyz")
"""Paths of checks, which may name any host, or none: a prober knows an address alone."""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+;=-]*)(?::[0-9]{0,5})?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


def parse_hosts(text: str) -> frozenset[str]:
    """Return the names of a comma list, such as `prices.example,www.prices.example`.

    Raises ValueError, which names the entry.
    """
    entries = [part.strip() for part in text.split(",") if part.strip()]
    for entry in entries:
        if not _NAME.fullmatch(entry) and not _is_address(entry):
            raise ValueError(f"{entry[:60]!r} is no name of a host without a port, such as prices.example")
    return frozenset(map(_normal, entries))


def is_loopback(host: str) -> bool:
    """Tell whether a gateway that listens at `host` is reached from this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return _is_local(host.lower())


class AllowedHosts:
    """Decides by the field Host."""

    def __init__(self, names: frozenset[str], listens_on: str) -> None:
        """Allow these names; without any, all names unless the gateway listens on loopback."""
        self._names = names
        self._all = not names and not is_loopback(listens_on)

    def check(self, hosts: list[bytes], version: str, path: str, private: bool = False) -> None:
        """Raise Problem (400, 421) for a request that names a host that will not do.

        `private`: it came to a private port that listens on loopback.
        """
        if len(hosts) > 1:
            raise Problem(400, "the header Host is there twice (RFC 9112, section 3.2)")
        if not hosts:
            if version == "1.1" and path not in HEALTH:
                raise Problem(400, "the header Host is missing (RFC 9112, section 3.2)")
            return
        text = hosts[0].decode("latin-1").strip()
        found = _HOST.fullmatch(text)
        if found is None:
            raise Problem(
                400, f"the header Host is {text[:60]!r}; it is a name or an address, and maybe a port"
            )
        if path not in HEALTH and not self._is_allowed(_normal(found[1]), private):
            raise Problem(
                421,
                f"{found[1][:60]!r} is no name of this gateway; if it should be, add it to"
                " TICKCAST_ALLOWED_HOSTS (names without a port, with commas between)",
            )

    def _is_allowed(self, host: str, private: bool) -> bool:
        if (self._all and not private) or host in self._names:
            return True
        if _is_address(host) or _is_local(host):
            return True
        # No public DNS has a name without a dot. nginx sends that of its `upstream`.
        return not self._names and bool(host) and "." not in host


def _normal(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
