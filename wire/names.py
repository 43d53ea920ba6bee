"""The names of everything Tickcast keeps in Redis.

All names of a partition carry one hash tag, so one Redis Cluster slot holds them and
one script may touch them together.
"""


def live(partition: int) -> str:
    """Channel: batches as they happen, and a heartbeat a second."""
    return f"{{tickcast:{partition}}}:live"


def log(partition: int) -> str:
    """Stream: the same batches, kept for the retention."""
    return f"{{tickcast:{partition}}}:log"


def last(partition: int) -> str:
    """Hash: symbol -> its newest tick."""
    return f"{{tickcast:{partition}}}:last"


def symbols(partition: int) -> str:
    """Hash: symbol -> its instrument."""
    return f"{{tickcast:{partition}}}:symbols"


def bars(partition: int) -> str:
    """Hash: bar key (`wire.bar.bar_key`) -> its newest bar, maybe still forming.

    The final bars before it are in the list of this name, a colon and the bar key, oldest first.
    """
    return f"{{tickcast:{partition}}}:bars"


def bar_list(partition: int, key: bytes) -> bytes:
    """List: the final bars of a bar key, oldest first."""
    return b"%b:%b" % (bars(partition).encode("ascii"), key)


def meta(partition: int) -> str:
    """Hash: the log's epoch and newest id; who may write: fence, its newest batch number, its source."""
    return f"{{tickcast:{partition}}}:meta"


def fence() -> str:
    """Counter that hands out fencing tokens, each larger than all before."""
    return "{tickcast:0}:fence"


def lease() -> str:
    """String with a time to live: the name of the publisher that leads."""
    return "{tickcast:0}:lease"


def gateway(gateway_id: str) -> str:
    """Channel: what other gateways have to say to one of them."""
    return f"{{tickcast:0}}:gateway:{gateway_id}"


def gateways() -> str:
    """Hash: gateway id -> a short summary of that gateway, renewed every few seconds."""
    return "{tickcast:0}:gateways"
