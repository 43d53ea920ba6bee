"""Baselines: servers written as the documentation of their libraries shows, measured beside Tickcast."""
