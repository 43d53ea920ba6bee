"""Other people's servers, run with their documented best settings where they are installed."""
