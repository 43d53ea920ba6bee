"""Options of the command line that change a scenario."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Options:
    """None stands for the scenario's own figure."""

    clients: int | None = None
    rate: float | None = None
    """Ticks a second over all symbols."""
    symbols: int | None = None
    seconds: float | None = None
    """Length of each measured window."""
    rivals: bool = True
    """Measure baselines and rivals too."""

    def flags(self) -> list[str]:
        """Return the changed options, as flags of the command line."""
        changed = {key: value for key, value in asdict(self).items() if key != "rivals" and value is not None}
        return [f"--{key} {value:g}" for key, value in changed.items()] + ["--no-rivals"] * (not self.rivals)
