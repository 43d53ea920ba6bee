"""A clock that a test sets."""


class Clock:
    """Time that is set."""

    def __init__(self) -> None:
        self.now = 1000.0
        """Seconds."""

    def __call__(self) -> float:
        return self.now
