"""What a client has sent, cut into pieces that end where a request's head ends. Pure.

httptools parses all that it is given, so one read could become thousands of requests at once. Given piece by
piece, the requests behind the first few can wait as bytes.
"""

READ = 16 * 1024
"""Bytes that are read from a connection at once."""

IN_BODY = 64
"""Bytes of a body that a piece has at least: a body full of empty lines would be cut to shreds.

Behind the end of a body they hold the heads of three requests at most.
"""

END_OF_HEAD = b"\r\n\r\n"


def end_of_piece(data: bytes, start: int, in_body: bool) -> int:
    """Return where the piece of `data` that begins at `start` ends: behind an empty line, or with `data`.

    `in_body`: it begins in the body of a request.
    """
    end = data.find(END_OF_HEAD, start + IN_BODY if in_body else start)
    return len(data) if end < 0 else end + len(END_OF_HEAD)
