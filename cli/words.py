"""Words for a terminal: how long ago something was, and texts that others wrote. Pure."""


def span(seconds: float) -> str:
    """Return a time in its largest unit of which there are two, such as `3 h`."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def plain(text: str) -> str:
    """Return a text without what could move the cursor, or change the terminal otherwise."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
