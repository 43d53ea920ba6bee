"""Prints a result on the terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tickcast.bench.result import Result, number


def show(result: Result, console: Console) -> None:
    """Print the table, the targets and the notes of a result."""
    table = Table(title=f"{result.scenario}: {result.setting}", title_justify="left")
    table.add_column("")
    for column in result.columns:
        table.add_column(column.title, justify="right")
    for row in result.rows:
        cells = [number(row.get(column.key), column.digits) for column in result.columns]
        table.add_row(str(row["who"]), *cells)
    console.print(table)
    for target in result.targets:
        missed = "[yellow]not measured[/]" if target.measured is None else "[red]not reached[/]"
        mark = "[green]reached[/]" if target.reached else missed
        console.print(f"{mark}  {escape(target.sentence)}")
    for note in result.notes:
        console.print(f"[dim]note[/]  {escape(note)}")
