"""Ids of streams: they tell nothing, and none can be made up."""

import re

import pytest

from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.streams.cluster_key import KEPT, ClusterKey
from tickcast.gateway.streams.registry import new_token
from tickcast.gateway.streams.stream_ids import ADDRESS, PATTERN, Named, StreamIds, address_of
from tickcast.runtime.key_file import read_keys

KEY = b"k" * 32


def test_an_id_names_its_gateway_and_its_stream_to_all_who_have_the_key() -> None:
    token = new_token()
    made = StreamIds(ClusterKey(KEY), "gateway-of-host-17").of(token)
    assert re.fullmatch(PATTERN, made)
    assert len(made) == 41
    assert "host" not in made
    found = StreamIds(ClusterKey(KEY), "other").named_by(made)
    assert found == Named(address_of("gateway-of-host-17"), token)
    assert re.fullmatch(ADDRESS, found.holder)


def test_nothing_of_an_id_can_be_changed() -> None:
    ids = StreamIds(ClusterKey(KEY), "one")
    made = ids.of(new_token())
    for at in range(len(made)):
        for other in "0aA-":
            changed = made[:at] + other + made[at + 1 :]
            assert changed == made or ids.named_by(changed) is None
    for wrong in ("", "x", made[:-1], made + "A", made[1:], f"{made} ", f"{made}\n", "A" * 41, "A" * 5000):
        assert ids.named_by(wrong) is None


def test_ids_of_another_feed_are_none_and_those_by_a_key_before_are() -> None:
    key = ClusterKey(KEY)
    ids = StreamIds(key, "one")
    made = ids.of(new_token())
    assert StreamIds(ClusterKey(), "one").named_by(made) is None
    for number in range(KEPT - 1):
        key.replace(bytes((number,)) * 32)
        assert ids.named_by(made) is not None
    key.replace(b"z" * 32)
    assert ids.named_by(made) is None


def test_what_is_signed_for_one_purpose_or_cut_elsewhere_is_no_proof() -> None:
    key = ClusterKey(KEY)
    mac = key.sign(b"message", b"ab", b"c")
    assert key.has_signed(mac, b"message", b"ab", b"c")
    for purpose, *parts in ((b"stream", b"ab", b"c"), (b"message", b"a", b"bc"), (b"message", b"abc")):
        assert not key.has_signed(mac, purpose, *parts)


def test_a_gateway_that_is_not_named_tells_neither_host_nor_process() -> None:
    names = {GatewaySettings().gateway_id for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch("gw-[0-9a-f]{8}", name) for name in names)


@pytest.mark.parametrize(("key", "says"), [(b"short", "has 5 bytes"), (None, "cannot be read")])
def test_a_key_that_will_not_do_is_named(tmp_path, key: bytes | None, says: str) -> None:
    file = tmp_path / "key"
    if key is not None:
        file.write_bytes(key)
    with pytest.raises(ValueError, match=says):
        GatewaySettings(cluster_key_file=file)


def test_a_key_is_what_its_file_holds_without_the_line_end(tmp_path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 64 + b"\n")
    assert read_keys(tmp_path / "key") == (b"k" * 64,)
