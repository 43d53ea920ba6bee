"""Sets of keys, from a file or a URL: any bytes are keys, or refused in words that quote nothing of them."""

import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from tests.access.issuer import IssuerKey
from tests.fuzz.hostile import as_bytes, damaged, filled, objects, odd_texts, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tickcast.access.errors import KeysError
from tickcast.access.key_files import _keys_in
from tickcast.access.keys import ALGORITHMS, MAX_BYTES, MAX_KEYS, Keys, parse_keys
from tickcast.runtime.key_file import KEY_BYTES, read_keys

GOOD = {algorithm: IssuerKey(algorithm, algorithm).jwk for algorithm in ALGORITHMS}
names = sorted({name for jwk in GOOD.values() for name in jwk})
numbers = st.binary(max_size=40).map(lambda data: data.hex())
odd = objects(
    {
        "alg": st.sampled_from([*ALGORITHMS, "none", "RSA-OAEP"]),
        "kty": st.sampled_from([*ALGORITHMS.values()]),
        "crv": st.sampled_from(["P-256", "P-521", "Ed25519", "Ed448", "X25519"]),
        "use": st.sampled_from(["sig", "enc"]),
        "key_ops": st.lists(st.sampled_from(["verify", "sign", "encrypt"]), max_size=2),
        **dict.fromkeys(("k", "n", "e", "x", "y", "kid", "d"), numbers | odd_texts),
    }
)
jwks = st.builds(
    lambda good, bad, left: {**good, **{name: bad[name] for name in left if name in bad}},
    st.sampled_from([*GOOD.values()]),
    odd,
    st.sets(st.sampled_from([*names, "key_ops"]), max_size=2),
)
sets = st.one_of(jwks, st.lists(jwks | odd | values, max_size=3).map(lambda found: {"keys": found}), values)
SECRET = GOOD["HS256"]["k"]


def check(document: bytes) -> None:
    keys = tried(KeysError, lambda: Keys(parse_keys(document)))
    if isinstance(keys, KeysError):
        assert SECRET not in str(keys)
        return
    assert len(keys) <= MAX_KEYS
    for key in keys:
        assert key.algorithm in ALGORITHMS
        assert keys.has(key.print)
        assert SECRET not in repr(key)


@fuzzed(300)
@given(damaged(sets.map(written).map(as_bytes), most=1))
@example(b'{"alg":[]}')
@example(b'{"alg":{},"kty":"oct"}')
@example(b'{"alg":"HS256","key_ops":' + b"[" * 1000 + b"]" * 1000 + b"}")
def test_any_bytes_are_keys_or_refused(document: bytes) -> None:
    check(document)


@fuzzed(60)
@given(damaged(sets.map(written).map(as_bytes), most=1), st.sampled_from(["keys.json", "keys.pub"]))
def test_any_file_is_keys_or_refused(document: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(document)
        found = tried(KeysError, _keys_in, path)
        assert isinstance(found, list) or str(found).startswith(f"{name}: ")
        shared = tried(ValueError, read_keys, path)
        if isinstance(shared, ValueError):
            assert f"{KEY_BYTES} to 4096" in str(shared)
        else:
            assert min(map(len, shared)) >= KEY_BYTES


@fuzzed(8, cost=50)
@given(filled([b"[", b'{"keys":[', b'{"alg":"HS256"},', b"0,", b'"', b'{"a":'], MAX_BYTES))
def test_the_longest_set_is_judged_quickly(document: bytes) -> None:
    with bounded(seconds=2, mib=64):
        check(document)
        check(b'{"keys":[{},' + document[: MAX_BYTES - 40].rstrip(b",") + b"]}")
