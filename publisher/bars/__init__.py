"""Bars of a second and a minute: how they are formed, sent, kept and recovered by a new leader."""
