"""An attack in a process of its own: `python -m tests.hostile.attacker NAME REDIS PORT...`.

It prints what it counted, as JSON.

It yields the CPU to what it attacks, as if it ran on another machine.
"""

import asyncio
import json
import os
import sys

from tests.hostile.attacks.all import ATTACKS
from tickcast.runtime.files import raise_file_limit


def main(name: str, redis_url: str, *ports: str) -> None:
    """Attack."""
    raise_file_limit()
    attack = ATTACKS[name]
    counts = attack.poison(redis_url) if attack.poison else attack.run(*map(int, ports))
    print(json.dumps(asyncio.run(counts)), flush=True)


if __name__ == "__main__":
    os.nice(9)
    main(*sys.argv[1:])
