"""What a file with keys holds, by which programs of ours sign what they send each other."""

from pathlib import Path

KEY_BYTES = 32
"""Bytes of a key, at least."""


def read_keys(path: Path) -> tuple[bytes, ...]:
    """Return the keys in a file, one a line; a file with a shorter line is one key. Raises ValueError."""
    try:
        whole = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if not KEY_BYTES <= len(whole) <= 4096:
        raise ValueError(
            f"{path} has {len(whole)} bytes; a key has {KEY_BYTES} to 4096, such as 64 random digits"
        )
    lines = tuple(line.strip() for line in whole.split(b"\n"))
    # Random bytes may have a line feed among them.
    return lines if all(len(line) >= KEY_BYTES for line in lines) else (whole,)
