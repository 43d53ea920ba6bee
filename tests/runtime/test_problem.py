"""Errors as documents."""

import json

import httptools

from tickcast.runtime.problem import TYPE, Problem
from tickcast.runtime.response_fields import CLOSED


def test_a_problem_is_a_document_with_title_status_and_detail() -> None:
    assert json.loads(Problem(503, "full “now”").body()) == {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "full “now”",
    }


def test_a_whole_response_is_http_that_says_its_length_and_closes() -> None:
    class Reader:
        def __init__(self) -> None:
            self.headers: dict[str, str] = {}
            self.body = b""
            self.complete = False

        def on_header(self, name: bytes, value: bytes) -> None:
            self.headers[name.decode()] = value.decode()

        def on_body(self, body: bytes) -> None:
            self.body += body

        def on_message_complete(self) -> None:
            self.complete = True

    problem, reader = Problem(431, "too large", {"x-a": "b"}), Reader()
    parser = httptools.HttpResponseParser(reader)
    parser.feed_data(problem.as_response())
    assert parser.get_status_code() == 431
    assert reader.complete
    assert reader.body == problem.body()
    assert reader.headers == {
        "content-type": TYPE,
        "content-length": str(len(reader.body)),
        "connection": "close",
        "x-a": "b",
        **CLOSED,
    }
