"""The commands of `tickcast`, a file for each; heavy imports stand inside the functions."""
