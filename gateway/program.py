"""The gateway program: from settings to a running process."""

import asyncio
import logging

import structlog

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.server import GatewayServer, listen
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.files import raise_file_limit
from tickcast.runtime.logs import configure_logging
from tickcast.runtime.redis.errors import LinkError


def run(settings: GatewaySettings) -> None:
    """Run one gateway until a signal stops it. Raises SystemExit with one line: the fault and the way out."""
    configure_logging(settings.log_level, settings.log_format)
    # A client gets an error for its own bad request; clients must not be able to fill the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    raise_file_limit()
    try:
        asyncio.run(_serve(settings))
    except LinkError as error:
        raise SystemExit(f"tickcast gateway: {error}") from error


async def _serve(settings: GatewaySettings) -> None:
    sockets = []
    for host, port, shared in (
        (settings.host, settings.port, settings.reuse_port),
        ("127.0.0.1", settings.private_port, False),
    ):
        if port is None:
            continue
        try:
            sockets.append(listen(host, port, shared))
        except OSError as error:
            raise SystemExit(
                f"tickcast gateway: cannot listen on {host}:{port}: {error.strerror}; choose another --port"
            ) from error
    gateway = Gateway(settings)
    structlog.get_logger().info("listening", host=settings.host, port=settings.port, id=settings.gateway_id)
    await GatewayServer(gateway, sockets, leave_at_once=settings.reuse_port).run_until_stopped()
