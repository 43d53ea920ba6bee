"""The images are built from every house of the package: one that is left out is missing in the wheel."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_house_is_copied_into_the_build() -> None:
    houses = {path.name for path in (ROOT / "src" / "tickcast").iterdir() if path.is_symlink()}
    assert len(houses) > 8
    copied = {
        line.split()[1]
        for line in (ROOT / "deploy/Dockerfile").read_text().splitlines()
        if line[:5] == "COPY "
    }
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert houses - copied == set()
    assert houses - let_in == set()
