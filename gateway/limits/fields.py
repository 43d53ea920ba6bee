"""The fields of a refusal that tell a limit."""


def limit_fields(name: str, quota: int, window: int, wait: int) -> dict[str, str]:
    """Return the fields of a refusal that tell a limit, and when it allows more.

    The quota is allowed in a window of so many seconds; 0: at once (draft-ietf-httpapi-ratelimit-headers).
    """
    within = f";w={window}" if window else ""
    return {"ratelimit-policy": f'"{name}";q={quota}{within}', "ratelimit": f'"{name}";r=0;t={wait}'}
