"""The delayer: writes a feed again, some time later, as a feed of its own (docs/delay.md)."""
