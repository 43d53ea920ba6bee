"""Planted secrets come out nowhere: not in a log, an error, a metric, an answer or the list of processes.

Both programs log all that they can, while everything goes wrong that has to do with a secret.
"""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx2
import redis

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import Program, running_gateway, running_publisher
from tests.support.servers import PrivateValkey
from tickcast.access.issuing import new_key, new_token, public_part

ISSUER, AUDIENCE = "https://id.example", "prices"


class Planted:
    """Secrets of a test, and the files that hold them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.secrets: dict[str, str] = {}

    def new(self, name: str) -> str:
        """Return a new secret."""
        self.secrets[name] = f"planted-{token_hex(24)}"
        return self.secrets[name]

    def file(self, name: str) -> Path:
        """Return a file with a new secret."""
        path = self._folder / name
        path.write_text(self.new(name))
        return path

    def found_in(self, text: str) -> list[str]:
        """Return the names of secrets that are in a text, or a part of them."""
        return [name for name, secret in self.secrets.items() if secret[8:40] in text]


async def test_no_secret_comes_out_of_either_program_while_everything_goes_wrong(tmp_path: Path) -> None:
    planted = Planted(tmp_path)
    password = planted.file("redis_password")
    jwk = new_key("HS256")
    planted.secrets["key of tokens"] = "planted-" + jwk["k"]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [public_part(jwk)]}))
    token = new_token(
        json.dumps(jwk).encode(), ISSUER, AUDIENCE, "me", 600.0, ["*"], ["*"], interval=0, streams=0, delay=0
    )
    planted.secrets["token"] = "planted-" + token.rpartition(".")[2]
    auth = {"auth_keys": keys, "auth_issuer": ISSUER, "auth_audience": AUDIENCE, "auth_parameter": True}
    door, metrics, private = free_port(), free_port(), free_port()
    with PrivateValkey() as server:
        user = f"redis://user@127.0.0.1:{server.port}"
        set_password(server, password.read_text())
        common: dict[str, Any] = {"redis_password_file": password, "log_level": "debug", **auth}
        async with AsyncExitStack() as running:
            publisher = await running.enter_async_context(
                running_publisher(
                    user,
                    source="inbox",
                    hand_in_port=door,
                    hand_in_secret_file=planted.file("hand_in_secret"),
                    metrics_port=metrics,
                    **common,
                )
            )
            gateway = await running.enter_async_context(
                running_gateway(
                    user,
                    cluster_key_file=planted.file("cluster_key"),
                    sentinel_password_file=planted.file("sentinel_password"),
                    control_url=f"redis://user:{password.read_text()}@127.0.0.1:{server.port}",
                    private_port=private,
                    debug=True,
                    **common,
                )
            )
            answers = await provoked(planted, gateway.url, f"http://127.0.0.1:{door}", token)
            # Redis has another password now, then one that the file does not have yet.
            set_password(server, planted.new("new password"), close=True)
            await eventually(lambda: "WRONGPASS" in gateway.output() and "WRONGPASS" in publisher.output())
            password.unlink()
            await eventually(lambda: "cannot be read" in gateway.output() + publisher.output())
            password.write_text(planted.secrets["new password"])
            # Without a restart.
            await eventually(gateway.ready)
            answers += await shown([f"http://127.0.0.1:{private}", f"http://127.0.0.1:{metrics}"], token)
            seen = [publisher.output(), gateway.output(), *answers, *map(command_line, (publisher, gateway))]
    assert "tickcast" in seen[-1]
    assert "tickcast_gateway_clients" in "".join(answers)
    assert planted.found_in(" ".join(planted.secrets.values())) == list(planted.secrets)
    for text in seen:
        assert planted.found_in(text) == [], text[:2000]


def set_password(server: PrivateValkey, password: str, close: bool = False) -> None:
    """Give the user a password, and end its connections if asked to."""
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "user", "reset", "on", f">{password}", "~*", "&*", "+@all")
        if close:
            client.execute_command("CLIENT", "KILL", "USER", "user")


def command_line(program: Program) -> str:
    """Return what the list of processes shows of a program."""
    return Path(f"/proc/{program.pid}/cmdline").read_text().replace("\0", " ")


async def provoked(planted: Planted, gateway: str, door: str, token: str) -> list[str]:
    """Send secrets where they do not belong, and return all answers."""
    bad = planted.new("bad token")
    broken = f"{token}{planted.new('end of a token')}"
    answers = []
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        for given in (bad, broken, f"e30.e30.{bad}", token):
            bearer = {"authorization": f"Bearer {given}"}
            for each in (
                http.get(f"{gateway}/v1/snapshot", headers=bearer),
                http.get(f"{gateway}/v1/snapshot?access_token={given}", headers=bearer),
                http.get(f"{gateway}/v1/snapshot?access_token={given}&access_token={bad}"),
                http.get(f"{gateway}/v1/snapshot?token={given}", headers=bearer),
                http.get(f"{gateway}/v1/snapshot", headers={"cookie": f"__Host-tickcast={given}"}),
                http.get(f"{gateway}/v1/stream?symbols={'*' * 99}", headers=bearer),
                http.get(f"{gateway}/v1/nothing?access_token={given}"),
                http.patch(f"{gateway}/v1/streams/abc", headers=bearer, json={"token": given}),
                http.patch(
                    f"{gateway}/v1/streams/abc", headers=bearer, content=b'{"token": "' + given.encode()
                ),
                http.post(f"{door}/v1/ticks", headers=bearer, content=b"not json"),
                http.post(f"{door}/v1/ticks?secret={given}", headers=bearer, json=[{"S": "A", "p": 1}]),
            ):
                answer = await each
                answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
    assert {text[:3] for text in answers} >= {"200", "400", "401", "404"}
    return answers


async def shown(urls: list[str], token: str) -> list[str]:
    """Return what is shown of programs: metrics, and of a gateway its state, too."""
    headers = {"authorization": f"Bearer {token}"}
    paths = ("/metrics", "/v1/debug", "/openapi.json", "/readyz", "/healthz")
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        return [(await http.get(url + path, headers=headers)).text for url in urls for path in paths]
