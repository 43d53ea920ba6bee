"""TLS: whether certificates prove what they should, and for how long. Pure."""

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked, warning
from tickcast.cli.doctor.reach import Reach
from tickcast.cli.doctor.tls_facts import TlsSeen
from tickcast.client.server import EXPIRED, OTHER_NAME

SOON = 14.0
"""Days before its end from which on a certificate should have been renewed."""

MAKE = "renew it, and let the proxy or Redis read it again"


def judge_web_tls(seen: TlsSeen | None, reach: Reach) -> list[Finding]:
    """Judge the address of clients, which so many can reach; None: it has no TLS."""
    if seen is None:
        return judge_clear(reach)
    checks = ("tls-certificate", "tls-expiry", "tls-http2")
    if seen.unreachable:
        return unchecked(checks, f"no TLS connection to {seen.host}: {seen.unreachable}")
    if seen.refused:
        http = unchecked(["tls-http2"], "the certificate is not trusted")
        return [*judge_refusal(seen), *http]
    certificate = ok("tls-certificate", f"the certificate proves {seen.host}")
    return [certificate, judge_expiry("tls-expiry", seen), judge_http2(seen)]


def judge_clear(reach: Reach) -> list[Finding]:
    """Judge an address without TLS."""
    if reach is not Reach.WORLD:
        return []
    return [
        warning(
            "tls-off",
            "the address is public and has no TLS: whoever is on the way reads prices and tokens",
            "put a proxy with TLS before the gateways (docker compose --profile tls up)",
        )
    ]


def judge_refusal(seen: TlsSeen) -> list[Finding]:
    """Judge a certificate that is not trusted."""
    if seen.number in EXPIRED:
        late = fault("tls-expiry", f"the certificate of {seen.host} has expired", MAKE)
        return [late, *unchecked(["tls-certificate"], "the certificate has expired")]
    rest = unchecked(["tls-expiry"], "the certificate is not trusted")
    if seen.number in OTHER_NAME:
        mend = "put the name by which clients come into the certificate (subjectAltName)"
        return [fault("tls-certificate", f"the certificate is not for {seen.host}", mend), *rest]
    mend = "let a CA sign it that clients trust, with the whole chain; or name its CA (--cacert)"
    return [fault("tls-certificate", f"the certificate is not trusted: {seen.refused}", mend), *rest]


def judge_expiry(name: str, seen: TlsSeen) -> Finding:
    """Judge how long a certificate is good yet."""
    if seen.days is None:
        return unchecked([name], seen.unreachable or seen.refused or "it is not known when it ends")[0]
    what = f"the certificate of {seen.host} is good for {seen.days:.0f} more days"
    if seen.days <= SOON:
        return warning(name, what, MAKE)
    return ok(name, what)


def judge_http2(seen: TlsSeen) -> Finding:
    """Judge whether browsers get HTTP/2."""
    if seen.protocol == "h2":
        return ok("tls-http2", "browsers get HTTP/2")
    return warning(
        "tls-http2",
        "browsers get no HTTP/2: all their tabs together have six streams",
        "let the proxy offer HTTP/2 (nginx: http2 on; HAProxy: alpn h2,http/1.1)",
    )


def judge_redis_tls(seen: TlsSeen | None) -> list[Finding]:
    """Judge how long Redis's certificate is good yet; None: it was not looked at."""
    return [] if seen is None or seen.refused else [judge_expiry("redis-certificate", seen)]
