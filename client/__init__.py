"""What any program uses to hand in prices and to follow them: `Publisher`, `follow` (docs/python.md)."""
