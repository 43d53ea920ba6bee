"""Conditional requests: whether who asks has already what would be answered. Pure."""


def has_already(known: str, etag: str) -> bool:
    """Tell whether an If-None-Match header names `etag`, strong or weak (RFC 9110, section 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return tags == ["*"] or etag.removeprefix("W/") in tags
