"""Each mutation still finds the defence that it takes out; that the referee sees it takes minutes."""

from pathlib import Path

import pytest

from tests.faults.defences.mutation import Mutation
from tests.faults.mutations import MUTATIONS, ROOT, mutate


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_changes_each_of_its_files(mutation: Mutation, tmp_path: Path) -> None:
    names = [mutation.file, *(name for name, _, _ in mutation.also)]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    mutate(tmp_path, mutation)
    assert [n for n in names if (tmp_path / n).read_text("utf-8") == (ROOT / n).read_text("utf-8")] == []


def test_a_mutation_whose_text_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire/claim.lua").write_text("", "utf-8")
    with pytest.raises(ValueError, match=r"the text is not once in wire/claim\.lua"):
        mutate(tmp_path, next(each for each in MUTATIONS if each.file == "wire/claim.lua"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_has_one_proof_and_a_test_of_it_is_there(mutation: Mutation) -> None:
    assert bool(mutation.test) != bool(mutation.run and mutation.sees)
    if mutation.test:
        file, _, name = mutation.test.partition("::")
        assert (f"def {name}(" if name else "def test_") in (ROOT / file).read_text("utf-8")


def test_the_page_on_reliability_has_every_mutation_and_no_other() -> None:
    page = (ROOT / "docs/reliability.md").read_text("utf-8")
    table = page.partition("## Each defence")[2].partition("\n## ")[0].partition("|---")[2]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert [row[0].removeprefix("| ") for row in rows] == [mutation.name for mutation in MUTATIONS]
    assert [row[1].strip("`") for row in rows] == [mutation.file for mutation in MUTATIONS]
