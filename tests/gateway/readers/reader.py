"""Reads a stream with httpx2 and prints each piece of text as it comes.

Arguments: the coding to ask for, then the address.
"""

import sys

import httpx2

coding, url = sys.argv[1:]
with httpx2.stream("GET", url, headers={"accept-encoding": coding}, timeout=None, trust_env=False) as answer:
    print("compressed:", str("content-encoding" in answer.headers).lower(), flush=True)
    for piece in answer.iter_text():
        sys.stdout.write(piece)
        sys.stdout.flush()
