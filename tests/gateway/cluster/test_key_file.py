"""The gateways' key changes in its file while they run: no change of a stream is refused for that."""

from pathlib import Path

import pytest

from tests.gateway.pair import two_gateways
from tests.support.changing import open_stream, patch
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.cluster.key_file import KeyFile
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.runtime.key_file import read_keys

OLD, NEW = "a" * 64, "b" * 64


async def test_a_key_is_replaced_while_streams_stay_open_and_are_changed(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(OLD)

    async def read_by(gateways: tuple[LocalGateway, ...], newest: str) -> None:
        await eventually(lambda: all(each.gateway.key.newest == newest.encode() for each in gateways))

    async with two_gateways(valkey_url, cluster_key_file=file) as pair:
        one, other = pair
        async with open_stream(one.url) as (_, before):
            # Both know the new key before one of them signs by it.
            file.write_text(f"{OLD}\n{NEW}\n")
            await eventually(lambda: all(NEW.encode() in each.gateway.key._keys for each in pair))
            assert [each.gateway.key.newest for each in pair] == [OLD.encode()] * 2
            assert (await patch(other.url, before, {"add": ["A"]})).status_code == 200
            file.write_text(f"{NEW}\n{OLD}\n")
            await read_by(pair, NEW)
            file.write_text(NEW)
            assert (await patch(other.url, before, {"add": ["B"]})).status_code == 200
            async with open_stream(one.url) as (_, after):
                assert (await patch(other.url, after, {"add": ["A"]})).status_code == 200


@pytest.mark.parametrize("content", ["", "short", None])
def test_a_file_that_will_not_do_changes_nothing(tmp_path: Path, content: str | None) -> None:
    file, key = tmp_path / "key", ClusterKey()
    file.write_text(OLD)
    follower = KeyFile(file, key)
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    follower.look()
    assert key.newest == OLD.encode()
    file.write_text(NEW)
    follower.look()
    assert key.newest == NEW.encode()


def test_random_bytes_with_a_line_feed_are_one_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"x" * 20 + b"\n" + b"y" * 20)
    assert read_keys(file) == (file.read_bytes(),)
    file.write_bytes(b"x" * 32 + b"\n" + b"y" * 32 + b"\n")
    assert read_keys(file) == (b"x" * 32, b"y" * 32)


def test_a_key_that_was_taken_out_of_the_file_proves_ids_of_open_streams_and_no_message(
    tmp_path: Path,
) -> None:
    file, key, leaked = tmp_path / "key", ClusterKey(), ClusterKey(OLD.encode())
    file.write_text(f"{OLD}\n{NEW}\n")
    follower, ids = KeyFile(file, key), StreamIds(key, "one")
    made, message = ids.of("t" * 22), leaked.sign(b"message", b"ask")
    file.write_text(f"{NEW}\n{OLD}\n")
    follower.look()
    assert key.has_signed(message, b"message", b"ask"), "the file has it still"
    file.write_text(NEW)
    follower.look()
    assert not key.has_signed(message, b"message", b"ask")
    assert key.has_signed(ClusterKey(NEW.encode()).sign(b"message", b"ask"), b"message", b"ask")
    assert ids.named_by(made) is not None
    file.write_text(f"{NEW}\n{OLD}\n")
    follower.look()
    assert key.has_signed(message, b"message", b"ask"), "it was put back"


async def test_the_file_is_read_once_when_a_gateway_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, read = tmp_path / "key", list[Path]()
    file.write_text(f"{OLD}\n{NEW}\n")
    settings = GatewaySettings(cluster_key_file=file)
    monkeypatch.setattr(
        "tickcast.gateway.cluster.key_file.read_keys", lambda path: read.append(path) or read_keys(path)
    )
    monkeypatch.setattr("tickcast.gateway.settings.read_keys", pytest.fail)
    assert Gateway(settings).key.newest == OLD.encode()
    assert read == [file]
