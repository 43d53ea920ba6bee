"""The way from clients to gateways: what a proxy makes of a stream. Pure."""

from itertools import pairwise

from tickcast.cli.doctor.finding import Finding, Level, fault, ok, unchecked, warning
from tickcast.cli.doctor.web import Answer, StreamSeen, WebFacts, seen_by_gateway

OF_STREAMS = ("stream-opens", "stream-buffering", "stream-silence", "stream-compression", "proxy-http")
"""Checks that need a stream."""

OF_WEB = ("web-host", "web-ready", "proxy-addresses", *OF_STREAMS)
"""Checks that need an answer."""

PROMPT = 2.0
"""Seconds within which an event has to come that was sent at once."""

GUIDE = "see docs/proxies.md for the lines of your proxy"


def judge_web(facts: WebFacts, url: str) -> list[Finding]:
    """Judge what was seen at an address."""
    connection = judge_connection(facts.without_token, url)
    if connection.level is Level.FAULT:
        return [connection, *unchecked(OF_WEB, f"Tickcast does not answer at {url}")]
    findings = [connection, judge_host(facts.without_token), judge_ready(facts.ready)]
    findings.append(judge_addresses(facts.without_token))
    if facts.quiet is None or facts.packed is None:
        why = "the gateways want a token"
        return [*findings, *unchecked(OF_STREAMS, why, "name a file with one (--token-file)")]
    return findings + judge_streams(facts.quiet, facts.packed)


def judge_connection(answer: Answer, url: str) -> Finding:
    """Judge whether Tickcast answers at all, by its list of symbols."""
    if seen_by_gateway(answer) or (answer.status == 200 and isinstance(answer.json(), list)):
        return ok("web-connection", f"a gateway answers at {url}")
    if not answer.status:
        what = f"nothing answers at {url} ({answer.error or 'no answer'})"
        mend = "start Tickcast there (tickcast up), or name the address at which clients reach it"
    elif answer.status in (502, 503, 504):
        what = f"{url} answers {answer.status}: a proxy reaches no gateway"
        mend = "start gateways, and see whether the proxy has their addresses"
    else:
        what = f"what answers at {url} is no Tickcast ({answer.status})"
        mend = "name the address at which clients reach Tickcast, where /v1/symbols comes from a gateway"
    return fault("web-connection", what, mend)


def judge_host(answer: Answer) -> Finding:
    """Judge whether gateways take the name by which they are asked."""
    if answer.status == 421:
        return fault(
            "web-host",
            "a gateway refuses the name by which it is asked (421)",
            "add the name to TICKCAST_ALLOWED_HOSTS, or let the proxy send Host on",
        )
    if not answer.status:
        return unchecked(["web-host"], f"no answer: {answer.error}")[0]
    return ok("web-host", "gateways take the name by which they are asked")


def judge_ready(answer: Answer) -> Finding:
    """Judge whether the gateway that answered takes clients."""
    if answer.status == 200:
        return ok("web-ready", "the gateway that answered is ready")
    if answer.status == 503 and (reason := answer.told("reason")):
        return fault(
            "web-ready",
            f"the gateway {answer.told('gateway', 64)} is not ready: {reason}",
            "mend what it names; its log says more",
        )
    why = "a proxy keeps /readyz back" if answer.status in (401, 403, 404) else "no answer of a gateway"
    return unchecked(["web-ready"], f"/readyz: {why} ({answer.status or answer.error})")[0]


def judge_addresses(answer: Answer) -> Finding:
    """Judge whether gateways know from which addresses clients come."""
    seen = seen_by_gateway(answer).get("forwarded")
    between = answer.headers.get("via") or answer.headers.get("server", "")
    if seen is None:
        return unchecked(["proxy-addresses"], "the gateway does not say how the request came")[0]
    if seen == "ignored":
        return fault(
            "proxy-addresses",
            "gateways do not believe the proxy where clients come from: all clients share the limits of one",
            "set TICKCAST_TRUSTED_PROXIES to the proxy's network",
        )
    if seen == "none" and between:
        return warning(
            "proxy-addresses",
            f"a proxy ({between[:60]}) does not say where clients come from: all share the limits of one",
            "let it send X-Forwarded-For, and set TICKCAST_TRUSTED_PROXIES to its network",
        )
    what = "gateways know where clients come from" if seen == "trusted" else "no proxy is seen between"
    return ok("proxy-addresses", what)


def judge_streams(quiet: StreamSeen, packed: StreamSeen) -> list[Finding]:
    """Judge a stream that stayed open for two heartbeats, and one that may be compressed."""
    opened = judge_opening(quiet)
    rest = [name for name in OF_STREAMS if name != "stream-opens"]
    if opened.level is Level.FAULT:
        return [opened, *unchecked(rest, "no stream was opened")]
    return [
        opened,
        judge_buffering(quiet),
        judge_silence(quiet),
        judge_compression(packed),
        judge_http(quiet.answer),
    ]


def judge_opening(stream: StreamSeen) -> Finding:
    """Judge whether a stream begins."""
    answer = stream.answer
    if not answer.status and stream.ended is not None:
        return fault("stream-opens", f"a request for a stream fails ({answer.error})", GUIDE)
    if answer.status not in (0, 200) or (answer.status == 200 and answer.body):
        return fault(
            "stream-opens",
            f"a request for a stream is answered {answer.status} {answer.told('detail')}".rstrip(),
            "see the detail; a proxy has to pass /v1/stream on to the gateways",
        )
    if stream.first is None and stream.ended is not None and not stream.events:
        return fault(
            "stream-opens",
            "a stream ends before it has begun: gateways are full, starting or draining, or none is reached",
            "see /readyz of the gateways, and whether the proxy has their addresses",
        )
    if not answer.status:
        return unchecked(["stream-opens"], "a request for a stream was not answered in time")[0]
    return ok("stream-opens", "a stream begins")


def judge_buffering(stream: StreamSeen) -> Finding:
    """Judge whether events come when they are sent."""
    mend = f"let the proxy pass on each byte at once (nginx: proxy_buffering off); {GUIDE}"
    if stream.first is None:
        return fault("stream-buffering", "the first event of a stream is held back by a proxy", mend)
    if stream.first > PROMPT:
        return fault("stream-buffering", f"the first event comes after {stream.first:.1f} s", mend)
    times = [at for at, _ in stream.events]
    longest = max((after - before for before, after in pairwise(times)), default=0.0)
    if stream.ended is None and (longest > stream.heartbeat + PROMPT or len(times) < 2):
        return fault("stream-buffering", "heartbeats come late, or not at all: a proxy holds them back", mend)
    return ok("stream-buffering", f"events come at once, the first after {stream.first * 1000:.0f} ms")


def judge_silence(stream: StreamSeen) -> Finding:
    """Judge whether a stream on which nothing happens stays open."""
    names = ["stream-silence"]
    if stream.first is None:
        return unchecked(names, "no event came")[0]
    if any(name == "bye" for _, name in stream.events):
        return unchecked(names, "the gateway ended the stream meanwhile (bye)")[0]
    if any(name in ("tick", "ticks") for _, name in stream.events):
        return unchecked(names, "the token allows no symbol that is silent")[0]
    if stream.ended is not None:
        return fault(
            "stream-silence",
            f"a stream on which nothing happens is cut after {stream.ended - stream.first:.0f} s",
            f"raise the proxy's time-outs above the heartbeat of {stream.heartbeat:g} s, to 75 s "
            f"(nginx: proxy_read_timeout 75s); {GUIDE}",
        )
    return ok("stream-silence", f"a stream without ticks stays open for {2 * stream.heartbeat:g} s")


def judge_compression(stream: StreamSeen) -> Finding:
    """Judge whether a client that takes gzip gets it, and at once."""
    encoding = stream.answer.headers.get("content-encoding", "")
    if stream.answer.status == 200 and not encoding:
        return warning(
            "stream-compression",
            "streams are not compressed, though the client takes gzip: they take four times the bandwidth",
            "let the proxy send Accept-Encoding on, and set TICKCAST_COMPRESS=true; " + GUIDE,
        )
    if stream.first is None or stream.first > PROMPT:
        return fault(
            "stream-compression",
            "the first event of a compressed stream is held back",
            "let the proxy neither compress nor unpack streams (gateways compress them); " + GUIDE,
        )
    return ok("stream-compression", f"streams are compressed ({encoding}), and come at once")


def judge_http(answer: Answer) -> Finding:
    """Judge by which version of HTTP a proxy asks."""
    version = seen_by_gateway(answer).get("http")
    if version is None:
        return unchecked(["proxy-http"], "the gateway does not say how the request came")[0]
    if version == "1.0":
        return warning(
            "proxy-http",
            "a proxy asks the gateways by HTTP/1.0, in which a stream that was cut looks like one that ended",
            "let it ask by HTTP/1.1 (nginx: proxy_http_version 1.1, and Connection empty)",
        )
    return ok("proxy-http", f"gateways are asked by HTTP/{version}")
