"""The table of docs/clients.md says what the matrix says, of the versions that are pinned."""

import json
import re
from pathlib import Path

import pytest

from tests.clients.matrix import CLIENTS, SCENARIOS, Client
from tests.support.docs import ROOT, name, rows, section

HERE = Path(__file__).parent
LANGUAGES = {"go": "Go", "node": "Node", "python": "Python", "rust": "Rust", "java": "Java"}


def version_of(client: Client) -> str:
    """Return the version that is pinned, as the table has it: a commit by its date."""
    if not client.package:
        return ""
    match client.language:
        case "go":
            text = (HERE / "go" / "go.mod").read_text("utf-8")
            found = re.search(rf"^\t{re.escape(client.package)} v(\S+)$", text, re.MULTILINE)
        case "node":
            return str(
                json.loads((HERE / "node" / "package.json").read_text())["dependencies"][client.package]
            )
        case "rust":
            text = (HERE / "rust" / "crates.lock").read_text("utf-8")
            found = re.search(rf'^name = "{client.package}"\nversion = "(.*)"$', text, re.MULTILINE)
        case "java":
            text = (HERE / "java" / "pom.xml").read_text("utf-8")
            found = re.search(rf"<artifactId>{client.package}</artifactId>\s*<version>(.*)</version>", text)
        case _:
            text = (ROOT / "requirements" / "works-with.lock").read_text("utf-8")
            found = re.search(rf"^{re.escape(client.package)}==(\S+)", text, re.MULTILINE)
    assert found is not None
    commit = re.fullmatch(r"0\.0\.0-(\d{4})(\d\d)(\d\d)\d+-\w+", found[1])
    return "-".join(commit.groups()) if commit else found[1]


def test_the_table_has_every_client_and_every_cell() -> None:
    table = rows(section("clients.md", "## Works with"), "client")
    assert [[name(row), *(cell for column, cell in row.items() if column != "client")] for row in table] == [
        [client.name, LANGUAGES[client.language], version_of(client), *map(client.cell, SCENARIOS)]
        for client in CLIENTS
    ]
    assert [*table[0]] == ["client", "language", "version", *SCENARIOS]


def test_every_column_is_explained() -> None:
    explained = rows(section("clients.md", "## Works with"), "column")
    assert [name(row) for row in explained] == [*SCENARIOS]


@pytest.mark.parametrize(
    "client", [each for each in CLIENTS if each.stops or each.torn], ids=lambda client: client.name
)
def test_a_cell_that_is_no_better_says_why_and_what_to_do(client: Client) -> None:
    said = {name(row): row for row in rows(section("clients.md", "## What to do"), "client")}
    assert not client.stops or "ends it" in said[client.name]["what it does"]
    assert not client.torn or "inside an event" in said[client.name]["what it does"]
    assert said[client.name]["what to do"]


def test_the_clients_that_hand_on_empty_events_are_named() -> None:
    (sentence,) = re.findall(
        r"^For a `retry:` alone (.*?) hand on an event without data",
        section("clients.md", "## What to do"),
        re.M | re.S,
    )
    assert re.findall(r"`(.*?)`", sentence) == [client.name for client in CLIENTS if client.empties]


def test_what_to_do_is_said_of_known_clients() -> None:
    said = [name(row) for row in rows(section("clients.md", "## What to do"), "client")]
    names = [client.name for client in CLIENTS]
    assert said == [each for each in names if each in said]
