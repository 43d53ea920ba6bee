"""Passwords that change under load: real publishers, a gateway, and clients that count every tick."""

from pathlib import Path

import redis

from tests.cluster.watcher import watching
from tests.support.programs import running_gateway, running_publisher
from tests.support.servers import PrivateValkey

EVERYTHING = ("on", "~*", "&*", "+@all")


def renew(admin: "redis.Redis", *words: str) -> None:
    """Change the passwords of both programs, and break all of their connections."""
    admin.execute_command("ACL", "SETUSER", "ann", *EVERYTHING, *words)
    for kind in ("normal", "pubsub"):
        admin.client_kill_filter(_type=kind, skipme=True)


async def test_a_password_is_rotated_under_load_and_nothing_is_lost_and_nothing_restarted(
    private_valkey: PrivateValkey, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("first", "utf-8")
    url = f"redis://ann@127.0.0.1:{private_valkey.port}"
    both = {"redis_password_file": file, "partitions": 2}
    with redis.Redis.from_url(private_valkey.url) as admin:
        renew(admin, ">first")
        async with (
            running_publisher(url, **both) as publisher,
            running_gateway(url, **both) as gateway,
            watching(gateway.url, 4, "*") as watchers,
        ):
            for old, new in (("first", "second"), ("second", "third")):
                await watchers.advance(300)
                renew(admin, f">{new}")
                file.write_text(new, "utf-8")
                renew(admin, f"<{old}")
                await watchers.advance(300)
            assert publisher.process.poll() is None
            assert gateway.process.poll() is None
            assert all(watcher.client.reconnects == 0 for watcher in watchers)
        watchers.assert_nothing_missed()
