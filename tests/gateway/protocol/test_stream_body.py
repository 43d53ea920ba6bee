"""The body of a QUERY or POST: the parameters of a stream as JSON."""

import orjson
import pytest

from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.request import STREAM, StreamRequest, parse_stream
from tickcast.gateway.protocol.stream_body import check_type, joined, parse_body
from tickcast.runtime.problem import Problem

WHOLE = {
    "symbols": ["MSFT", "B*"],
    "interval": 250,
    "snapshot": False,
    "format": "array",
    "bars": ["1m", "1s"],
    "bars_of": ["AAPL"],
    "heartbeat": 1000,
    "padding": 10,
    "lastEventId": "a.b",
}
AS_QUERY = {
    "symbols": "MSFT,B*",
    "interval": "250",
    "snapshot": "false",
    "format": "array",
    "bars": "1m,1s",
    "bars_of": "AAPL",
    "heartbeat": "1000",
    "padding": "10",
    "lastEventId": "a.b",
}


def asked(body: object, query: dict[str, str] | None = None, most: int = 1000) -> StreamRequest:
    parameters = joined(query or {}, parse_body(orjson.dumps(body), STREAM))
    return parse_stream(parameters, None, Encoding.IDENTITY, most, 5000)


def refusal(body: object, query: dict[str, str] | None = None, most: int = 1000) -> str:
    with pytest.raises(Problem) as found:
        asked(body, query, most)
    assert found.value.status == 400
    return found.value.detail


def test_a_body_means_what_the_query_means() -> None:
    assert {*WHOLE} == {*STREAM}
    assert asked(WHOLE) == parse_stream(AS_QUERY, None, Encoding.IDENTITY, 1000, 5000)
    assert asked({}) == parse_stream({}, None, Encoding.IDENTITY, 1000, 5000)
    assert asked(dict.fromkeys(WHOLE)) == asked({})


def test_query_and_body_together_are_one_request_and_no_parameter_is_in_both() -> None:
    assert asked({"symbols": ["A"]}, {"interval": "250"}).key.interval == 250
    why = refusal({"symbols": ["A"], "interval": 1}, {"interval": "250", "symbols": "A"})
    assert why == "interval, symbols: given in the query and in the body; once is allowed"


def test_an_empty_array_is_none_and_a_missing_one_is_all() -> None:
    assert asked({"symbols": []}).key.selection == ((), ())
    assert asked({}).key.selection == ((), (b"",))
    assert asked({"symbols": ["A"], "bars": ["1m"], "bars_of": []}).key.bars.of == ((), ())
    assert asked({"symbols": ["A"], "bars": [], "bars_of": []}) == asked({"symbols": ["A"]})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "the body is a JSON object, such as"),
        ({"symbol": ["A"]}, "unknown member 'symbol'; allowed are symbols, interval"),
        ({"access_token": "x"}, "unknown member 'access_token'"),
        ({"symbols": "A,B"}, "symbols: it is an array of strings"),
        ({"symbols": [1]}, "symbols: it is an array of strings"),
        ({"symbols": ["A,B"]}, "symbols: not symbols: 'A,B'"),
        ({"symbols": [""]}, "symbols: not symbols: ''"),
        ({"bars_of": ["A"]}, "bars_of says whose bars; it needs bars"),
        ({"bars": ["1m,1s"]}, "bars: '1m,1s' is not allowed"),
        ({"bars": ["2m"]}, "bars: '2m' is not allowed"),
        ({"interval": "250"}, "interval: it is a whole number"),
        ({"interval": 250.5}, "interval: it is a whole number"),
        ({"interval": True}, "interval: it is a whole number"),
        ({"interval": -1}, "interval: '-1' is not allowed"),
        ({"interval": 3_600_001}, "interval: '3600001' is not allowed"),
        ({"snapshot": "true"}, "snapshot: it is true or false"),
        ({"format": 1}, "format: it is a string"),
        ({"format": "xml"}, "format: 'xml' is not allowed"),
        ({"lastEventId": []}, "lastEventId: it is a string"),
    ],
)
def test_what_is_wrong_is_named(body: object, why: str) -> None:
    assert refusal(body).startswith(why)


def test_a_list_is_bounded_in_a_body_too() -> None:
    assert refusal({"symbols": ["A", "B", "C"]}, most=2).startswith("symbols: 3 symbols; at most 2")
    assert refusal({"symbols": [f"A{n}*" for n in range(33)]}).startswith("symbols: 33 prefixes; at most 32")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"symbols":' + b"[" * 10_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="the body is no JSON"):
        parse_body(body, STREAM)


def test_a_body_is_json_as_it_is() -> None:
    check_type("application/json", "")
    check_type("Application/JSON; charset=utf-8", "identity")
    for content_type, encoding in (("", ""), ("text/plain", ""), ("application/json", "gzip")):
        with pytest.raises(Problem) as found:
            check_type(content_type, encoding)
        assert found.value.status == 415
        assert found.value.headers == {"accept-query": "application/json"}
    with pytest.raises(Problem, match="no Content-Type; it has to be application/json"):
        check_type("", "")
    with pytest.raises(Problem, match="the body is compressed, with 'gzip'"):
        check_type("application/json", "gzip")
