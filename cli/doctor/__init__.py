"""Checks of an installation: what is wrong, and how it is mended."""
