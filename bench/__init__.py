"""Load scenarios, measured beside baselines and rivals in one run."""
