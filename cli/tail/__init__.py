"""`tickcast tail`: live prices as a table in the terminal, or as lines."""
