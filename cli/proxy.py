"""HTTP to a server that the user names: directly, or through the proxy that the environment names for it."""

import ssl
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from tickcast.runtime.errors import UserError

_SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for a server, None if the server is asked directly.

    It is what HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names, unless NO_PROXY names the server; one on this
    machine is always asked directly.
    """
    parts = urlsplit(url)
    host, proxies = parts.hostname or "", getproxies()
    if _is_loopback(host) or _is_exempt(host, parts.netloc.rpartition("@")[2], proxies.get("no", "")):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def shown(proxy: str) -> str:
    """Return the URL of a proxy without its login."""
    try:
        parts = urlsplit(proxy)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return "of the environment"


def http_client(url: str, timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """Return a client for a server. Raises UserError if the proxy for the server cannot be used."""
    proxy = proxy_for(url)
    if proxy is not None and not proxy.lower().startswith(tuple(f"{each}://" for each in _SCHEMES)):
        raise UserError(f"the proxy {shown(proxy)} is no address like http://host:3128", 2)
    tls = ssl.create_default_context()
    try:
        return httpx2.AsyncClient(timeout=timeout, trust_env=False, proxy=proxy, verify=tls)
    except ImportError:
        raise UserError(f"the proxy {shown(proxy or '')} is SOCKS; install httpx2[socks]", 2) from None
    except (ValueError, httpx2.InvalidURL):
        raise UserError(f"the proxy {shown(proxy or '')} is no address like http://host:3128", 2) from None


def through(url: str) -> str:
    """Return words that name the proxy for a server, to be put behind an error; empty without one."""
    proxy = proxy_for(url)
    return (
        f" (through the proxy {shown(proxy)}; NO_PROXY names servers that are asked directly)"
        if proxy
        else ""
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


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
