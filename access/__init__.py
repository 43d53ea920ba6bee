"""Who may see and hand in what: grants, the tokens that carry them, and the keys that prove tokens.

Gateways and publishers ask it before anything that costs; nothing on the path of a tick does.
"""
