"""Sources that read the public websockets of exchanges."""
