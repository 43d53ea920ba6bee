"""Redis in: every partition followed, in order, without a hole."""
