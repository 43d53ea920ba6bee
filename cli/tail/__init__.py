"""The parts of `tickcast tail`: the stream followed over reconnects, and the table of prices."""
