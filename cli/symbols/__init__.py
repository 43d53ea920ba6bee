"""What `tickcast symbols` reads from Redis, and orders of the publisher that leads."""
