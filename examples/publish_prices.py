"""A feed that hands in: Redis and the password come from the environment (docs/python.md)."""

import random
import time

import tickcast

cents = 42_790
with tickcast.BlockingPublisher(by="example") as publisher:
    while True:
        cents += random.choice((-1, 0, 1))
        publisher.publish("HANDED-IN", price=f"{cents / 100:.2f}")
        time.sleep(0.1)
