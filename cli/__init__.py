"""The `tickcast` command line: `main` is the program, `commands/` has a file for each command."""
