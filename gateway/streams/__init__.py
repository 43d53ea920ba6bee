"""Streams: the life of one client's stream, from hello to bye."""
