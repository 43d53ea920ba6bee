"""Bars from a second to a day: how they are formed, sent, kept and recovered by a new leader."""
