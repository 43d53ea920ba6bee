"""The commands of `tickcast`, one file each; heavy imports stand inside them."""
