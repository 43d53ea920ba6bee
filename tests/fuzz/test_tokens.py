"""Tokens: whatever a client sends as one, it is a grant that was signed, or a refusal in words."""

import base64
import json
import time
from typing import Any

import jwt
from hypothesis import example, given
from hypothesis import strategies as st

from tests.access.issuer import AUDIENCE, ISSUER, SECRET, encoded
from tests.fuzz.hostile import ODD_NUMBERS, Raw, as_bytes, damaged, objects, odd_texts, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.support.ticks import symbols
from tickcast.access.claims import MAX_PATTERNS, MOST, ClaimsError, check_pattern, grant_of
from tickcast.access.errors import TokenError
from tickcast.access.grant import Grant, Refused, decode_grant, encode_grant
from tickcast.access.keys import Keys, parse_keys
from tickcast.access.presented import COOKIE, PresentedError, presented
from tickcast.access.tokens import MAX_TOKEN, Verifier

JWK = {"kty": "oct", "k": encoded(SECRET), "alg": "HS256", "kid": "k1"}
KEYS = Keys(parse_keys(json.dumps(JWK).encode()))
VERIFIER = Verifier(ISSUER, AUDIENCE)
NOW = time.time()

patterns = st.lists(symbols | symbols.map(lambda name: name[:3].strip() + "*") | st.just("*"), max_size=4)
numbers = st.integers(0, 10_000) | st.sampled_from(ODD_NUMBERS).map(Raw) | st.floats()
ours = objects(
    {
        "symbols": patterns,
        "publish": patterns,
        "interval": numbers,
        "streams": numbers,
        "delay": numbers,
        "operator": st.booleans(),
    }
).map(lambda found: {"symbols": ["A"], **found})
claims = st.builds(
    lambda found, usual: {**found, **usual},
    objects(
        {"tickcast": ours, "exp": numbers, "nbf": numbers, "iat": numbers, "sub": odd_texts, "aud": odd_texts}
    ),
    st.sampled_from([{"iss": ISSUER, "aud": AUDIENCE, "sub": "me", "exp": int(NOW) + 10_000}, {}]),
)
headers = objects({"alg": st.sampled_from(["HS256", "none", "RS256"]), "kid": st.just("k1") | odd_texts}).map(
    lambda found: {"alg": "HS256", "kid": "k1", **found}
)


def signed(header: bytes, body: bytes) -> str:
    """Return a token with the right signature, whatever it says."""
    head = f"{encoded(header)}.{encoded(body)}"
    return f"{head}.{encoded(jwt.get_algorithm_by_name('HS256').sign(head.encode(), SECRET))}"


@st.composite
def tokens(draw: st.DrawFn) -> str:
    head = draw(st.just(b'{"alg":"HS256","kid":"k1"}') | damaged(headers.map(written).map(as_bytes), most=1))
    token = signed(head, draw(damaged((claims | values).map(written).map(as_bytes), most=1)))
    return draw(
        st.just(token) | damaged(st.just(token.encode()), most=2).map(lambda each: each.decode("latin-1"))
    )


def check(grant: Grant) -> None:
    assert decode_grant(encode_grant(grant)) == grant
    assert len(grant.symbols) + len(grant.publish) <= MAX_PATTERNS
    for each in (*grant.symbols, *grant.publish):
        check_pattern(each)
    assert grant.subject.isprintable()
    assert 0 <= grant.interval <= MOST["interval"]
    assert grant.streams is None or 0 <= grant.streams <= MOST["streams"]
    assert 0 <= grant.delay <= MOST["delay"]


@fuzzed(300)
@given(tokens() | odd_texts)
def test_any_text_is_a_token_or_refused(token: str) -> None:
    with bounded(seconds=1, mib=4):
        grant = tried(TokenError, lambda: VERIFIER.verify(token, VERIFIER.key_of(token, KEYS), NOW))
    if isinstance(grant, TokenError):
        # The field that says so to the client is ASCII.
        Refused(401, str(grant), "invalid_token").fields["www-authenticate"].encode("ascii")
    else:
        check(grant)
        assert grant.expires is not None
        assert grant.expires > NOW


@fuzzed(300)
@given(claims)
@example({"sub": "me", "tickcast": {"symbols": ["A"], "delay": Raw("9" * 400)}})
@example({"sub": "me", "tickcast": {"symbols": ["A"], "streams": Raw("9" * 400)}})
def test_any_claims_are_a_grant_or_refused(found: dict[str, Any]) -> None:
    try:
        read = json.loads(written(found))
    except (ValueError, RecursionError):
        return
    grant = tried(ClaimsError, grant_of, read)
    if isinstance(grant, Grant):
        check(grant)


lines = st.one_of(
    st.sampled_from(
        ["Bearer ", "bearer x", "Basic x", "Bearer  x  ", "Bearer\tx", ";", f"{COOKIE}=x", f'{COOKIE}="x']
    )
    | odd_texts,
    st.text('Bearer =;",_-Hosttickcast', max_size=30),
)


@fuzzed(200)
@given(st.lists(lines, max_size=3), st.lists(lines, max_size=3), st.none() | odd_texts)
def test_any_fields_of_a_request_present_a_token_or_none(
    ours: list[str], cookies: list[str], query: str | None
) -> None:
    token = tried(PresentedError, presented, ours, cookies, query)
    if isinstance(token, PresentedError):
        assert token.status in (400, 401)
    elif token is None:
        assert not ours
    else:
        assert any(token in each for each in (*ours, *cookies, query or ""))


@fuzzed(8, cost=5)
@given(st.sampled_from([".", "A", "eyJ", "=", "é", "W1tb"]))
def test_a_token_that_is_too_long_is_refused_before_it_is_read(piece: str) -> None:
    with bounded(seconds=0.1, mib=1):
        refusal = tried(TokenError, VERIFIER.key_of, piece * (MAX_TOKEN + 1), KEYS)
    assert "at most" in str(refusal)


def test_the_signature_of_this_file_is_the_right_one() -> None:
    usual = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "me",
        "exp": int(NOW) + 100,
        "tickcast": {"symbols": ["A"]},
    }
    token = signed(b'{"alg":"HS256","kid":"k1"}', json.dumps(usual).encode())
    assert VERIFIER.verify(token, VERIFIER.key_of(token, KEYS), NOW).symbols == ("A",)
    assert base64.urlsafe_b64decode(JWK["k"] + "=") == SECRET
