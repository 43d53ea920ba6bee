"""What an address of Redis may be."""

from typing import Any

import pytest

from tickcast.runtime.redis.address import AddressError, Host, RedisAddress, parse_redis_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", {}),
        ("redis://u:p%40@h:1/2", {"hosts": (Host("h", 1),), "db": 2, "username": "u", "password": "p@"}),
        ("redis://h?db=3&protocol=2", {"db": 3}),
        ("redis://h?username=u&password=p", {"username": "u", "password": "p"}),
        ("redis:///1", {"hosts": (Host("localhost", 6379),), "db": 1}),
        ("redis://[::1]:5", {"hosts": (Host("::1", 5),)}),
        ("rediss://h/0", {"tls": ()}),
        (
            "rediss://h?ssl_cert_reqs=none&ssl_check_hostname=False",
            {"tls": (("ssl_cert_reqs", "none"), ("ssl_check_hostname", False))},
        ),
        (f"rediss://h?ssl_ca_certs={__file__}", {"tls": (("ssl_ca_certs", __file__),)}),
        ("unix:///run/redis.sock", {"hosts": (), "socket": "/run/redis.sock"}),
        (
            "unix://u:p@/a%20b?db=1",
            {"hosts": (), "socket": "/a b", "db": 1, "username": "u", "password": "p"},
        ),
    ],
)
def test_one_server_has_a_host_or_socket_and_maybe_a_login_database_and_tls(
    url: str, expected: dict[str, Any]
) -> None:
    known: dict[str, Any] = {"hosts": (Host("h", 6379),), **expected}
    assert parse_redis_address(url) == RedisAddress("single", url, **known)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://127.0.0.1:6379/0?protocol=3", "protocol"),
        ("redis://127.0.0.1:6379/0?ssl_cert_reqs=none", "ssl_cert_reqs needs TLS"),
        ("unix:///socket?ssl_ca_certs=/x", "ssl_ca_certs needs TLS"),
        ("rediss://h?ssl_cert_reqs=maybe", "none, optional or required"),
        ("rediss://h?ssl_check_hostname=maybe", "ssl_check_hostname"),
        ("rediss://h?ssl_ca_certs=/no/such/file", "ssl_ca_certs names no file"),
        ("redis://h?socket_timeout=1", "the option socket_timeout"),
        ("redis://h?max_connections=1", "the option max_connections"),
        ("redis://h?decode_responses=true", "the option decode_responses"),
        ("redis://h?client_name=", "the option client_name"),
        ("redis://h?db=1&db=2", "db is there twice"),
        ("redis://h/1?db=2", "not in both"),
        ("redis://h?db=x", "database is a number"),
        ("redis://h/x", "database is a number"),
        ("redis://h/-1", "database is a number"),
        ("redis://h/0/1", "database is a number"),
        ("redis://h/1x", "database is a number"),
        ("redis://one:1,two:2/0", "one host"),
        ("redis://h:0", "host:6379"),
        ("redis://h:x", "host:6379"),
        ("redis://h#1", "#"),
        ("unix://socket", "no host"),
        ("sentinel://h/m?protocol=3", "the option protocol"),
        ("cluster://h?db=0", "the option db"),
        ("cluster://h?ssl_cert_reqs=none", "cluster:// has no options"),
        ("clusters://h?db=0", "clusters:// has ssl_ca_certs"),
        ("sentinels://h/m?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(url: str, words: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_redis_address(url.replace("//", "//:secret@", 1))
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sign", ["?", "/", "#", "[", ","])
def test_a_password_with_a_sign_that_was_not_escaped_is_not_shown(sign: str) -> None:
    url = f"redis://user:top{sign}secret@host:6379/0"
    shown = ""
    try:
        assert parse_redis_address(url).password == f"top{sign}secret"
    except AddressError as error:
        shown = str(error)
    assert "secret" not in shown


def test_sentinels_have_hosts_a_name_for_the_master_and_maybe_a_login_and_database() -> None:
    url = "sentinel://me:p%40ss@one,two:5,[::1]:6/mymaster/3"
    hosts = (Host("one", 26379), Host("two", 5), Host("::1", 6))
    assert parse_redis_address(url) == RedisAddress("sentinel", url, hosts, "mymaster", 3, "me", "p@ss")
    assert parse_redis_address("sentinel://one/m")[2:7] == ((Host("one", 26379),), "m", 0, None, None)


def test_an_s_stands_for_tls() -> None:
    for kind, rest in (("sentinel", "one:5/m"), ("cluster", "one:5")):
        plain, tls = parse_redis_address(f"{kind}://me@{rest}"), parse_redis_address(f"{kind}s://me@{rest}")
        assert plain.tls is None
        assert tls == plain._replace(url=f"{kind}s://me@{rest}", tls=())
    assert parse_redis_address("clusters://h?ssl_check_hostname=no").tls == (("ssl_check_hostname", False),)


def test_a_cluster_has_hosts_and_maybe_a_login() -> None:
    assert parse_redis_address("cluster://one,two:7000")[2] == (Host("one", 6379), Host("two", 7000))
    assert parse_redis_address("cluster://me@one/0")[5:7] == ("me", None)


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
