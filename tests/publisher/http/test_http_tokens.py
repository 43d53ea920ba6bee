"""Handing in with a token: what it allows, and nothing else; the secret goes on to count beside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.access.issuer import IssuerKey
from tests.publisher.http.conftest import Start, held, lines, problem
from tests.support.granted import Door as Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys of the publisher."""
    return Keys(tmp_path)


def bearer(keys: Keys, *publish: str, **ours: Any) -> str:
    """Return the header of a token that allows to hand in."""
    return f"Bearer {keys.key.token(tickcast={'publish': [*publish], **ours})}"


async def test_a_token_hands_in_what_it_allows_and_the_rest_is_refused_by_line(
    start: Start, keys: Keys, valkey: Any
) -> None:
    door = await start(hand_in_secret_file=None, **keys.settings)
    body = lines(1, symbol="aapl") + lines(2, symbol="MSFT") + lines(3, symbol="BA") + lines(4, symbol="B")
    answer = await door.post(body, authorization=bearer(keys, "AAPL", "b*"))
    assert answer.json() == {
        "taken": 3, "refused": [{"line": 2, "reason": "your token does not allow to hand in MSFT"}],
    }  # fmt: skip
    taken = [json.loads(each)["S"] for number in (0, 1) for each in await held(valkey, number)]
    assert sorted(taken) == ["B", "BA", "aapl"]


async def test_who_may_only_read_hands_in_nothing(start: Start, keys: Keys, valkey: Any) -> None:
    door = await start(hand_in_secret_file=None, **keys.settings)
    reader = f"Bearer {keys.token('*')}"
    assert "allows to hand in nothing" in problem(await door.post(lines(1), authorization=reader), 403)
    stranger = f"Bearer {IssuerKey('ES256').token(tickcast={'publish': ['*']})}"
    answer = await door.post(lines(1), authorization=stranger)
    assert "signature is wrong" in problem(answer, 401)
    assert 'error="invalid_token", error_description="the token\'s sig' in answer.headers["www-authenticate"]
    answer = await door.client.post(door.url, content=b"")
    assert "a token is needed" in problem(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="tickcast"'
    # Cookies come along by themselves: a page elsewhere must not hand in by them.
    cookie = {"cookie": f"__Host-tickcast={keys.key.token(tickcast={'publish': ['*']})}"}
    assert "a token is needed" in problem(await door.client.post(door.url, content=b"", headers=cookie), 401)
    assert await held(valkey) == []


async def test_the_secret_and_tokens_count_side_by_side(start: Start, keys: Keys, valkey: Any) -> None:
    door = await start(**keys.settings)
    assert (await door.post(lines(1))).json()["taken"] == 1
    assert (await door.post(lines(2), authorization=bearer(keys, "AAPL"))).json()["taken"] == 1
    assert "is no JWT" in problem(await door.post(lines(3), authorization="Bearer guess"), 401)


async def test_two_subjects_may_choose_the_same_key(start: Start, keys: Keys, valkey: Any) -> None:
    door = await start(hand_in_secret_file=None, **keys.settings)
    tokens = [keys.key.token(sub=name, tickcast={"publish": ["*"]}) for name in ("one", "two")]
    for price, token in enumerate(tokens, 1):
        answer = await door.post(lines(price), key="k", authorization=f"Bearer {token}")
        assert answer.json() == {"taken": 1, "refused": []}
    assert [json.loads(each)["p"] for each in await held(valkey)] == [1, 2]
