"""The parts of `tickcast up`: Valkey, a publisher and gateways as children of one process."""
