"""Load tests: Tickcast under load, measured beside baselines and rivals in the same run."""
