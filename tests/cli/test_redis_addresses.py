"""An address of Redis that will not do is one line, the same from every program."""

import pytest

from tests.cli.program import tickcast


@pytest.mark.parametrize("program", ["gateway", "publisher", "up"])
@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("?protocol=3", "protocol"),
        ("?ssl_cert_reqs=none", "ssl_cert_reqs"),
        (",localhost:6380/0", "one host"),
        ("/many", "database"),
    ],
)
def test_it_names_what_is_wrong_and_shows_no_password(program: str, end: str, words: str) -> None:
    done = tickcast(program, "--redis-url", f"redis://user:secret@127.0.0.1:1{end}")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line
    assert "secret" not in done.stdout + done.stderr
