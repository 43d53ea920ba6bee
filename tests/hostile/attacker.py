"""An attack in a process of its own: `python -m tests.hostile.attacker NAME PORT`; what it counted, as JSON.

It yields the CPU to what it attacks, as if it ran on another machine.
"""

import asyncio
import json
import os
import sys

from tests.hostile.attacks.all import ATTACKS
from tickcast.runtime.files import raise_file_limit


def main(name: str, port: str) -> None:
    """Attack."""
    raise_file_limit()
    print(json.dumps(asyncio.run(ATTACKS[name].run(int(port)))), flush=True)


if __name__ == "__main__":
    os.nice(9)
    main(*sys.argv[1:])
