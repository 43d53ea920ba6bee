"""The parts of `tickcast verify`: many clients, each of which checks every tick it receives."""
