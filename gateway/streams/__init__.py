"""One client's stream, from hello to bye."""
