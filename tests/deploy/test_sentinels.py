"""Sentinels with passwords, as deploy/compose.sentinel.yml sets them up: they replace a master."""

from contextlib import ExitStack
from pathlib import Path

from tests.support.eventually import eventually
from tests.support.redundant import SERVICE, Node
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.redis.security import LinkSecurity
from tickcast.wire.names import MAIN as names

FILE = Path(__file__).parents[2] / "deploy/compose.sentinel.yml"


def sentinel_lines(secrets: Path, master: int) -> list[str]:
    """Return the lines of a Sentinel's configuration, as the compose file writes them."""
    text = FILE.read_text("utf-8").partition("cat >/data/sentinel.conf <<END\n")[2].partition("END\n")[0]
    found = []
    for line in map(str.strip, text.splitlines()):
        line = line.replace('$$(getent hosts redis | cut -d" " -f1) 6379', f"127.0.0.1 {master}")
        for name in ("redis_password", "sentinel_password"):
            line = line.replace(f"$$(cat /run/secrets/redis/{name})", (secrets / "redis" / name).read_text())
        found.append(line.replace("/run/secrets/redis/", f"{secrets}/redis/"))
    # A test does not wait as long, and gives each a port.
    found = [line.replace("milliseconds tickcast 3000", "milliseconds tickcast 1000") for line in found]
    return [line for line in found if not line.startswith("port ")]


async def test_sentinels_with_passwords_find_each_other_and_replace_a_master(secrets: Path) -> None:
    password = (secrets / "redis/redis_password").read_text()
    server = (
        f"aclfile {secrets}/redis/users.acl",
        *("masteruser server", f"masterauth {password}", "repl-diskless-sync-delay 0"),
    )
    with ExitStack() as running:
        master = running.enter_context(Node(*server))
        replica = running.enter_context(Node(*server, f"replicaof 127.0.0.1 {master.port}"))
        lines = sentinel_lines(secrets, master.port)
        sentinels = [running.enter_context(Node(*lines, sentinel=True)) for _ in range(3)]
        asking = [
            running.enter_context(each.logged_in("server", (secrets / "redis/sentinel_password").read_text()))
            for each in sentinels
        ]

        def agree() -> bool:
            for client in asking:
                try:
                    if b"OK" not in client.execute_command("SENTINEL", "CKQUORUM", SERVICE):
                        return False
                except Exception:
                    return False
            return True

        await eventually(agree)
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in sentinels)
        client = RedisClient(
            f"sentinel://publisher@{hosts}/{SERVICE}",
            secrets / "publisher/redis_password",
            2.0,
            writes=True,
            security=LinkSecurity(
                sentinel_user="publisher", sentinel_password_file=secrets / "publisher/sentinel_password"
            ),
        )

        async def has(value: bytes) -> bool:
            try:
                return bool(await client.execute(names.meta(0), "HGET", names.meta(0), "epoch") == value)
            except LinkError:
                return False

        await client.execute(names.meta(0), "HSET", names.meta(0), "epoch", "before")
        # The master is gone: the Sentinels name the replica, which their user makes the master.
        master_is = (b"127.0.0.1", str(replica.port).encode())
        await eventually(lambda: replica_is_up(secrets, replica))
        master.kill()
        await eventually(
            lambda: (
                tuple(asking[0].execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)) == master_is
            )
        )
        await eventually(lambda: has(b"before"))
        await client.close()


def replica_is_up(secrets: Path, replica: Node) -> bool:
    with replica.logged_in("server", (secrets / "redis/redis_password").read_text()) as client:
        return bool(client.info("replication")["master_link_status"] == "up")
