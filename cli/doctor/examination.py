"""One examination: looks at all parts at the same time, and has each check judge what was seen."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NamedTuple, TypeVar

from tickcast.cli.doctor.auth import OF_AUTH, judge_open, judge_token, open_gateways
from tickcast.cli.doctor.exposure import (
    judge_paths,
    judge_private_ports,
    judge_public_redis,
    judge_redis_port,
)
from tickcast.cli.doctor.feed import OF_FEED, judge_feed, judge_unread_feed
from tickcast.cli.doctor.files import OF_FILES, judge_files
from tickcast.cli.doctor.finding import Finding, unchecked
from tickcast.cli.doctor.gateway_list import GatewayList, read_gateways
from tickcast.cli.doctor.gateways import OF_FACTS, OF_LIST, judge_gateways, judge_unread_list
from tickcast.cli.doctor.ports import PortsSeen, read_ports
from tickcast.cli.doctor.proxy import judge_web
from tickcast.cli.doctor.redis import OF_LINK, OF_SERVERS, judge_link, judge_servers
from tickcast.cli.doctor.redis_facts import RedisFacts, read_redis
from tickcast.cli.doctor.report import Report, report_of
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.doctor.tls import judge_redis_tls, judge_web_tls
from tickcast.cli.doctor.tls_facts import TlsSeen, redis_tls, web_tls
from tickcast.cli.doctor.web import WebFacts, read_web
from tickcast.runtime.redis.errors import OF_LOGIN, LinkError
from tickcast.runtime.urls import shown_url

T = TypeVar("T")

UNNAMED = "no Redis is named"
"""Why Redis is not asked."""


class Inside(NamedTuple):
    """What was seen from inside, of Redis; None: nobody said which Redis it is."""

    redis: RedisFacts | LinkError | None
    gateways: GatewayList | LinkError | None


class Outside(NamedTuple):
    """What was seen from where clients are, and other strangers."""

    web: WebFacts
    tls: TlsSeen | None
    redis_tls: TlsSeen | None
    ports: PortsSeen


async def examine(settings: DoctorSettings) -> Report:
    """Return what is found of an installation; nothing is changed there. Raises UserError."""
    inside, outside = await asyncio.gather(look_inside(settings), look_outside(settings))
    found = [*judge_inside(inside, settings), *judge_outside(outside, inside, settings)]
    return report_of(shown_url(settings.url), settings.feed, found)


async def look_inside(settings: DoctorSettings) -> Inside:
    """Ask Redis, if it is named."""
    if not settings.knows_redis:
        return Inside(None, None)
    return Inside(*await asyncio.gather(_answer(read_redis(settings)), _answer(read_gateways(settings))))


async def look_outside(settings: DoctorSettings) -> Outside:
    """Ask the address of clients, and ports that should not answer. Raises UserError."""

    async def web() -> tuple[WebFacts, TlsSeen | None]:
        tls = await web_tls(settings)
        return await read_web(settings, trusts=tls is None or not tls.refused), tls

    (facts, tls), of_redis, ports = await asyncio.gather(web(), _redis_tls(settings), read_ports(settings))
    return Outside(facts, tls, of_redis, ports)


def judge_inside(seen: Inside, settings: DoctorSettings) -> list[Finding]:
    """Judge Redis, the feed that it holds, and the gateways that follow it."""
    redis, gateways = seen
    if redis is None or gateways is None:
        names = [*OF_LINK, *OF_SERVERS, *OF_FEED, *OF_LIST, *OF_FACTS, *OF_FILES]
        return unchecked(names, UNNAMED, "say which it is (--redis-url)")
    findings = judge_link(redis if isinstance(redis, LinkError) else None)
    partitions = 0
    if isinstance(redis, LinkError):
        findings += unchecked(OF_SERVERS, redis.reason) + judge_unread_feed(redis)
    else:
        partitions = len(redis.partitions)
        findings += [*judge_servers(redis.servers), *judge_feed(redis, settings.feed)]
    if isinstance(gateways, LinkError):
        findings += judge_unread_list(gateways, settings.control_url is not None)
        return findings + unchecked(OF_FILES, gateways.reason)
    return findings + judge_gateways(gateways, partitions) + judge_files(gateways.alive)


def judge_outside(seen: Outside, inside: Inside, settings: DoctorSettings) -> list[Finding]:
    """Judge what clients and strangers see; gateways say which of them others reach."""
    web, (redis, gateways) = seen.web, inside
    findings = judge_web(web, shown_url(settings.url))
    findings += [*judge_web_tls(seen.tls, web.reach), *judge_redis_tls(seen.redis_tls)]
    findings += [*judge_paths(web.private, web.reach), judge_private_ports(seen.ports)]
    is_there = isinstance(redis, RedisFacts) or (redis is not None and redis.failure in OF_LOGIN)
    findings += [judge_redis_port(seen.ports, is_there), judge_public_redis(seen.ports)]
    if not web.without_token.status:
        names = OF_AUTH if web.has_token else OF_AUTH[:1]
        return findings + unchecked(names, "the address does not answer")
    # Who says where it is published has said who reaches the gateways.
    reached: list[str] = []
    if settings.published_at is None and isinstance(gateways, GatewayList):
        reached = open_gateways(gateways.alive)
    findings.append(judge_open(web.without_token, web.reach, reached))
    return findings + judge_token(web.has_token, web.without_token, web.quiet)


async def _redis_tls(settings: DoctorSettings) -> TlsSeen | None:
    return await redis_tls(settings) if settings.knows_redis else None


async def _answer(asked: Coroutine[Any, Any, T]) -> T | LinkError:
    try:
        return await asked
    except LinkError as error:
        return error
