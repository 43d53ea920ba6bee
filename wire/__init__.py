"""The contract between publisher and gateway: the data in Redis and on the wire, and nothing else."""
