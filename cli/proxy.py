"""HTTP to a server that the user names: directly, or through the proxy that the environment names for it."""

import ssl

import httpx2

from tickcast.client.proxy import proxy_for, shown
from tickcast.runtime.errors import UserError

_SCHEMES = ("http", "https", "socks5", "socks5h")


def http_client(
    url: str, timeout: httpx2.Timeout | float, tls: ssl.SSLContext | None = None
) -> httpx2.AsyncClient:
    """Return a client for a server; without `tls` the CAs of the system prove it.

    Raises UserError if the proxy for the server cannot be used.
    """
    proxy = proxy_for(url)
    if proxy is not None and not proxy.lower().startswith(tuple(f"{each}://" for each in _SCHEMES)):
        raise UserError(f"the proxy {shown(proxy)} is no address like http://host:3128", 2)
    tls = tls or ssl.create_default_context()
    try:
        return httpx2.AsyncClient(timeout=timeout, trust_env=False, proxy=proxy, verify=tls)
    except ImportError:
        raise UserError(f"the proxy {shown(proxy or '')} is SOCKS; install httpx2[socks]", 2) from None
    except (ValueError, httpx2.InvalidURL):
        raise UserError(f"the proxy {shown(proxy or '')} is no address like http://host:3128", 2) from None
