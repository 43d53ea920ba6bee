"""The passwords, keys and lists of users that deploy/secrets/make.sh makes."""

import subprocess
from pathlib import Path

import pytest
import redis

from tests.deploy.guarded import MAKE
from tests.support.servers import PrivateValkey
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.key_file import read_keys


def test_the_cluster_key_is_made_once_and_is_good_enough(secrets: Path) -> None:
    file = secrets / "gateway/cluster_key"
    keys = read_keys(file)
    assert len(keys) == 1
    assert GatewaySettings(cluster_key_file=file).cluster_key_file == file
    subprocess.run(["sh", str(MAKE), str(secrets)], check=True, capture_output=True)
    assert read_keys(file) == keys


def test_the_server_user_loads_a_new_list_of_users(secrets: Path) -> None:
    users = secrets / "redis/users.acl"
    # The default user of the test's own server starts and asks it.
    new = "".join(line for line in users.read_text("ascii").splitlines(True) if "default" not in line)
    users.write_text(new.replace(" +time +info", ""), "ascii")
    passwords = {
        name: (secrets / folder / "redis_password").read_text()
        for name, folder in (("server", "redis"), ("gateway", "gateway"))
    }
    with PrivateValkey(aclfile=str(users)) as server:
        server_user, gateway = (
            redis.Redis(port=server.port, username=name, password=passwords[name])
            for name in ("server", "gateway")
        )
        with server_user, gateway:
            with pytest.raises(redis.exceptions.NoPermissionError):
                gateway.time()
            users.write_text(new, "ascii")
            assert server_user.execute_command("ACL", "LOAD")
            assert gateway.time()


def test_passwords_beside_the_script_are_taken_once_and_no_password_is_changed(tmp_path: Path) -> None:
    given, target = tmp_path / "given", tmp_path / "target"
    for folder in (given / "gateway", *(target / name for name in ("gateway", "publisher", "redis"))):
        folder.mkdir(parents=True)
    script = given / "make.sh"
    script.write_text(MAKE.read_text("utf-8"), "utf-8")
    held = []
    for password in ("first", "second"):
        (given / "gateway/redis_password").write_text(password)
        subprocess.run(["sh", str(script), str(target)], check=True, capture_output=True)
        held.append(
            [(target / name / "redis_password").read_text() for name in ("gateway", "publisher", "redis")]
        )
    assert held[0] == held[1]
    assert held[0][0] == "first"
    assert all(len(password) == 64 for password in held[0][1:])
