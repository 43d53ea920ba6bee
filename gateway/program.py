"""The gateway program: from settings to a running process."""

import asyncio
import logging

import structlog

from tickcast.access.errors import KeysError
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.server import GatewayServer, bind, share_out_files
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.core_dumps import keep_memory_out
from tickcast.runtime.errors import refuse_settings
from tickcast.runtime.files import raise_file_limit
from tickcast.runtime.idle import IdleSelector
from tickcast.runtime.logs import configure_logging
from tickcast.runtime.redis.errors import LinkError


def run(settings: GatewaySettings) -> None:
    """Run one gateway until a signal stops it. Prints one line and raises SystemExit if it cannot."""
    configure_logging(settings.log_level, settings.log_format)
    # A client gets an error for its own bad request; clients must not be able to fill the log.
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    keep_memory_out()
    raise_file_limit()
    wanted = settings.max_connections
    fitting = share_out_files(wanted)
    settings = settings.model_copy(update={"max_connections": fitting.streams})
    try:
        selector = IdleSelector()
        with asyncio.Runner(loop_factory=selector.loop) as runner:
            runner.run(_serve(settings, selector, fitting.connections, wanted))
    except LinkError as error:
        refuse_settings(f"tickcast gateway: {error}; {error.hint}")


async def _serve(
    settings: GatewaySettings, selector: IdleSelector, most_descriptors: int | None, wanted_streams: int
) -> None:
    sockets = []
    for host, port, shared in (
        (settings.host, settings.port, settings.reuse_port),
        (settings.private_host, settings.private_port, False),
    ):
        if port is None:
            continue
        try:
            sockets.append(bind(host, port, shared))
        except OSError as error:
            refuse_settings(
                f"tickcast gateway: cannot listen on {host}:{port}: {error.strerror}; choose another --port"
            )
    gateway = Gateway(settings, selector.seconds)
    gateway.wanted_streams = wanted_streams
    try:
        await gateway.load_keys()
    except KeysError as error:
        refuse_settings(f"tickcast gateway: auth_keys: {error}")
    if settings.is_open_to_all:
        structlog.get_logger().warning(
            "everybody who reaches this address may read everything", host=settings.host,
            hint="set TICKCAST_AUTH_KEYS, or listen on 127.0.0.1",
        )  # fmt: skip
    structlog.get_logger().info("starting", host=settings.host, port=settings.port, id=settings.gateway_id)
    server = GatewayServer(gateway, sockets, settings.reuse_port, most_descriptors)
    await server.run_until_stopped()
