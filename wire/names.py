"""The names of all keys and channels of Tickcast in Redis.

All names of one partition share a hash tag, so they are in the same slot of a Redis Cluster and one
script may use them together.
"""


def live(partition: int) -> str:
    """Channel: every batch when it is written, and a heartbeat every second."""
    return f"{{tickcast:{partition}}}:live"


def log(partition: int) -> str:
    """Stream: the same batches, kept for the retention time."""
    return f"{{tickcast:{partition}}}:log"


def last(partition: int) -> str:
    """Hash: symbol -> JSON of its newest tick."""
    return f"{{tickcast:{partition}}}:last"


def symbols(partition: int) -> str:
    """Hash: symbol -> JSON of its instrument."""
    return f"{{tickcast:{partition}}}:symbols"


def bars(partition: int) -> str:
    """Hash: bar key (`wire.bar.bar_key`) -> JSON of the newest bar, which may still change.

    The final bars before it are in the list `bar_list`.
    """
    return f"{{tickcast:{partition}}}:bars"


def bar_list(partition: int, key: bytes) -> bytes:
    """List: JSON of the final bars of a bar key, oldest first."""
    return b"%b:%b" % (bars(partition).encode("ascii"), key)


def meta(partition: int) -> str:
    """Hash: epoch and newest id of the log; fencing token, newest batch number and source of its writer."""
    return f"{{tickcast:{partition}}}:meta"


def fence() -> str:
    """String: the newest fencing token. Each token is larger than all before it."""
    return "{tickcast:0}:fence"


def lease() -> str:
    """String with a time to live: the name of the leading publisher."""
    return "{tickcast:0}:lease"


def gateway(gateway_id: str) -> str:
    """Channel: messages from other gateways to this gateway."""
    return f"{{tickcast:0}}:gateway:{gateway_id}"


def gateways() -> str:
    """Hash: gateway id -> JSON summary of that gateway, renewed every few seconds."""
    return "{tickcast:0}:gateways"
