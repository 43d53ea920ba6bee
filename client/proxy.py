"""The proxy that the environment names for a server, as other programs understand it."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tickcast.runtime.hosts import is_loopback
from tickcast.runtime.urls import shown_url


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for a server, None if the server is asked directly.

    It is what HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names, unless NO_PROXY names the server; one on this
    machine is always asked directly.
    """
    parts = urlsplit(url)
    host, proxies = parts.hostname or "", getproxies()
    if is_loopback(host) or _is_exempt(host, parts.netloc.rpartition("@")[2], proxies.get("no", "")):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def shown(proxy: str) -> str:
    """Return the URL of a proxy without its login."""
    try:
        urlsplit(proxy)
    except ValueError:
        return "of the environment"
    return shown_url(proxy)


def through(url: str) -> str:
    """Return words that name the proxy for a server, to be put behind an error; empty without one."""
    proxy = proxy_for(url)
    return (
        f" (through the proxy {shown(proxy)}; NO_PROXY names servers that are asked directly)"
        if proxy
        else ""
    )


def _is_exempt(host: str, netloc: str, exempt: str) -> bool:
    if proxy_bypass(netloc) or proxy_bypass(host):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for each in exempt.split(","):
        try:
            if address in ip_network(each.strip().strip("[]"), strict=False):
                return True
        except ValueError:
            continue  # the name of a host or domain
    return False
