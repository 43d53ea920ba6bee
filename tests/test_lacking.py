"""What a machine lacks skips the tests that need it, by name, and leaves nothing open."""

import gc
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.engine import engine_answers, need_compose, need_engine
from tests.support.kafka import RealKafka
from tests.support.recordings import recording
from tests.support.tools import PACKAGES, need, need_chart

OK = b"HTTP/1.1 200 OK\r\nServer: Docker\r\n\r\nOK"


@pytest.fixture(autouse=True)
def _newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@contextmanager
def listening(line: socket.socket, answer: bytes | None) -> Iterator[None]:
    """Give one client `answer`, piece by piece, after its request; with None, nothing until it goes."""
    line.listen()

    def serve() -> None:
        client, _ = line.accept()
        with client:
            assert client.recv(1024).startswith(b"GET /_ping HTTP/1.")
            # Whoever asks may go as soon as it has read enough.
            with suppress(OSError):
                for place in range(0, len(answer or b""), 5):
                    client.sendall((answer or b"")[place : place + 5])
                if answer is None:
                    client.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join()


def test_an_engine_answers_at_a_unix_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(tmp_path / "s"))
        with listening(line, OK):
            assert engine_answers(f"unix://{tmp_path}/s")


@pytest.mark.parametrize("kind", ["tcp", "http"])
def test_an_engine_answers_at_a_port(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line, listening(line, OK):
        assert engine_answers(f"{kind}://127.0.0.1:{line.getsockname()[1]}")


@pytest.mark.parametrize("answer", [b"", b"HTTP", b"HTTP/1.1 500 Internal Server Error\r\n\r\n", b"\0" * 99])
def test_what_answers_otherwise_is_no_engine(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line, listening(line, answer):
        assert not engine_answers(f"tcp://127.0.0.1:{line.getsockname()[1]}")


def test_an_engine_that_hangs_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as line, listening(line, None):
        began = time.monotonic()
        assert not engine_answers(f"tcp://127.0.0.1:{line.getsockname()[1]}", 0.2)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "host",
    ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "tcp://127.0.0.1:x", "ssh://u@h", "nonsense", ""],
)
def test_a_look_for_an_engine_leaves_nothing_open(host: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not engine_answers(host)
        gc.collect()
    assert [str(each.message) for each in caught] == []


def test_the_engine_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{line.getsockname()[1]}")
        with listening(line, OK):
            need_engine()
    # Nobody listens there any more.
    need_engine()


def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    need_engine()


def no_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a docker without the plugin does with the name of it.
    docker = Path(os.environ["PATH"]) / "docker"
    docker.write_text("#!/bin/sh\nexit 125\n")
    docker.chmod(0o755)
    need_compose()


def no_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDINGS", "nowhere")
    recording("a.capture.gz")


def no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.tools.CHART", Path("nowhere"))
    need_chart()


LACKING: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str]] = {
    **{name: (lambda _, name=name: need(name), f"{name} is not on PATH") for name in PACKAGES},
    "engine": (nowhere, "Docker engine: none answers at unix:///nowhere/docker.sock"),
    "docker client": (lambda _: need_compose(), "docker is not on PATH"),
    "compose": (no_compose, "docker compose plugin"),
    "chart": (no_chart, "the chart of the page"),
    "recording": (no_recording, "the recording a.capture.gz"),
}


@pytest.mark.parametrize(("look", "says"), LACKING.values(), ids=LACKING)
def test_what_is_missing_is_named(
    look: Callable[[pytest.MonkeyPatch], object], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=f"^missing: {says}"):
        look(monkeypatch)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"CI=true forbids to skip: {says}"):
        look(monkeypatch)


@pytest.mark.parametrize("place", ["PATH", "KAFKA_HOME"])
def test_what_is_optional_is_named_and_skipped_in_ci_too(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KAFKA_HOME", raising=False)
    monkeypatch.setenv(place, str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.skip.Exception, match=r"^missing, and optional: kafka-storage\.sh is"):
        RealKafka(tmp_path)
