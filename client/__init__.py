"""What any program uses to hand in prices: `tickcast.Publisher` and what belongs to it (docs/python.md)."""
