"""The note that `tickcast up` leaves for `tickcast doctor`."""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.program import tickcast
from tests.cli.running_up import Up
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.up.note import noted, only_port, read_note

ZERO = '{"pid": 0, "redis_url": "redis://a", "feed": "f"}'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of the test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_note_is_read_while_its_program_runs(folder: Path) -> None:
    with noted(8080, "redis://127.0.0.1:1/0", "odds"):
        assert read_note(8080) == ("redis://127.0.0.1:1/0", "odds")
        assert read_note(8081) is None
    assert read_note(8080) is None
    # One that was killed leaves its note.
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    (made,) = folder.iterdir()
    (made / "8080.json").write_text(json.dumps({"pid": ended.pid, "redis_url": "redis://x", "feed": "f"}))
    assert read_note(8080) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"pid": "me", "redis_url": "", "feed": ""}', '{"pid": 1e99}', ZERO]
)
def test_what_is_no_note_is_none(folder: Path, text: str) -> None:
    with noted(8080, "redis://127.0.0.1:1/0", "odds"):
        (made,) = folder.iterdir()
        (made / "8080.json").write_text(text)
        assert read_note(8080) is None


@pytest.mark.parametrize("kind", ["open to all", "a link", "a file"])
def test_a_folder_that_others_could_have_made_is_not_used(folder: Path, kind: str) -> None:
    with noted(8080, "redis://127.0.0.1:1/0", "odds"):
        (made,) = folder.iterdir()
        kept = made.rename(folder / "kept")
        if kind == "open to all":
            made.mkdir()
            made.chmod(0o777)
            (made / "8080.json").write_bytes((kept / "8080.json").read_bytes())
        elif kind == "a link":
            made.symlink_to(kept)
        else:
            made.touch(0o600)
        assert read_note(8080) is None
        with noted(8081, "redis://127.0.0.1:1/0", "odds"):
            assert read_note(8081) is None


def test_the_doctor_finds_what_up_runs_and_nothing_wrong_with_it() -> None:
    up = Up("--feed", "odds")
    try:
        done = tickcast("doctor", up.page, "--json")
        told = json.loads(done.stdout)
        assert (done.returncode, done.stderr, told["feed"]) == (0, "", "odds")
        assert [each for each in told["findings"] if each["level"] != "ok"] == []
        # A Redis that is named is the one that is asked.
        other = tickcast("doctor", up.page, "--json", "--redis-url", "redis://127.0.0.1:9/0")
        assert other.returncode == 1
        assert json.loads(other.stdout)["feed"] == "main"
        assert up.end(signal.SIGTERM) == 0
    finally:
        up.close()


def test_the_only_one_that_runs_is_meant_where_no_address_is_named(folder: Path) -> None:
    assert only_port() is None
    assert DoctorSettings().with_redis_of_up().url == "http://127.0.0.1:8080"
    with noted(8321, "redis://127.0.0.1:1/0", "odds"):
        assert only_port() == 8321
        found = DoctorSettings().with_redis_of_up()
        assert (found.url, found.redis_url, found.feed) == (
            "http://127.0.0.1:8321",
            "redis://127.0.0.1:1/0",
            "odds",
        )
        named = DoctorSettings(url="http://127.0.0.1:8080").with_redis_of_up()
        assert (named.url, named.redis_url) == ("http://127.0.0.1:8080", DoctorSettings().redis_url)
        with noted(8080, "redis://127.0.0.1:2/0", "main"):
            assert only_port() is None
            usual = DoctorSettings().with_redis_of_up()
            assert (usual.url, usual.redis_url) == ("http://127.0.0.1:8080", "redis://127.0.0.1:2/0")
