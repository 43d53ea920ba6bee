"""The `tickcast` command line: `program` starts the app in `main`; `commands/` has a file for each."""
