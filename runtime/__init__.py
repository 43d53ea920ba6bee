"""What publisher and gateway have in common as processes: settings, logs, the end of tasks.

It knows nothing of ticks; what the two agree on about those is `wire`.
"""
