"""Rivals: servers of other projects, run with their documented best settings where they are installed."""
