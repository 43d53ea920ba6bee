"""Servers that Tickcast is measured beside: each written as its library's documentation shows it."""
