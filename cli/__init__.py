"""The `tickcast` command."""
