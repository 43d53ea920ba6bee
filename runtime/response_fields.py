"""Header fields of every answer that is no page: browsers show it nowhere, and guess nothing of it."""

CLOSED = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""They keep other sites from embedding an answer, and a browser from running what it holds as a page."""

CLOSED_RAW = [(name.encode("ascii"), value.encode("ascii")) for name, value in CLOSED.items()]
"""The same as a server takes them."""
