"""The contract between publisher and gateway: what stands in Redis and on the wire, and nothing else."""
