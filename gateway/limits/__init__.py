"""Limits: what one client may spend of what belongs to all, and what all may spend together."""
