"""A feed that prints: one JSON object a line, the fields of a tick (docs/protocol.md)."""

import json
import random
import time

cents = 18_934
while True:
    cents += random.choice((-1, 0, 1))
    print(json.dumps({"S": "PRINTED", "t": time.time_ns() // 1000, "p": cents / 100}), flush=True)
    time.sleep(0.1)
