"""What an address of Redis may be."""

import pytest

from tickcast.runtime.redis.address import AddressError, Host, RedisAddress, parse_redis_address


@pytest.mark.parametrize(
    "url", ["redis://h", "redis://u:p@h:1/2", "rediss://h:1/0", "unix:///run/redis.sock"]
)
def test_one_server_is_left_to_the_client_library(url: str) -> None:
    assert parse_redis_address(url) == RedisAddress("single", url)


def test_sentinels_have_hosts_a_name_for_the_master_and_maybe_a_login_and_database() -> None:
    url = "sentinel://me:p%40ss@one,two:5,[::1]:6/mymaster/3"
    hosts = (Host("one", 26379), Host("two", 5), Host("::1", 6))
    assert parse_redis_address(url) == RedisAddress("sentinel", url, hosts, "mymaster", 3, "me", "p@ss")
    assert parse_redis_address("sentinel://one/m")[2:] == ((Host("one", 26379),), "m", 0, None, None)


def test_a_cluster_has_hosts_and_maybe_a_login() -> None:
    assert parse_redis_address("cluster://one,two:7000")[2] == (Host("one", 6379), Host("two", 7000))
    assert parse_redis_address("cluster://me@one/0")[5:] == ("me", None)


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://h", "redis:", "//h", "h:6379", "redis://[h"),
        *("sentinel://h", "sentinel://h/", "sentinel://h/m/x", "sentinel://h/m/1/2", "sentinel:///m"),
        *(
            "sentinel://h:0/m",
            "sentinel://h:99999/m",
            "sentinel://h:x/m",
            "sentinel://h,,i/m",
            "sentinel://h/m?a=b",
        ),
        *("cluster://", "cluster://h/1", "cluster://h:-1", "cluster://" + ",".join(["h"] * 65)),
    ],
)
def test_anything_else_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_redis_address(url.replace("//", "//:secret@"))
    assert "secret" not in str(refused.value)
