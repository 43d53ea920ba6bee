"""Transport: how the bytes of a stream reach one client."""
