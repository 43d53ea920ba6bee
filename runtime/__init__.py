"""Process plumbing that several packages share: settings, logs, tasks, ports, child processes, user errors.

It knows nothing of ticks; the contract about ticks stands in `wire`.
"""
