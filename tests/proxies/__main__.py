"""Tries proxies and prints what it saw: python -m tests.proxies [nginx:best Vite:first ...]."""

import asyncio
import shutil
import sys

from tests.proxies.campaign import run, run_slow
from tests.proxies.proxy import KINDS

named = [tuple(name.split(":")) for name in sys.argv[1:]]
there = [
    (name, which)
    for name, kind in KINDS.items()
    if not kind.program or shutil.which(kind.program)
    for which in ("first", "best")
]
wanted = named or there
seen, slow = asyncio.run(run(wanted)), asyncio.run(run_slow(wanted))
for (kind, which), cells in seen.items():
    cells |= slow[kind, which]
    for cell, (works, said) in cells.items():
        print(f"{kind:30} {which:6} {cell:12} {'yes' if works else 'NO ':3} {said}")
