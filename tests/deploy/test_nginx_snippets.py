"""What docs/kubernetes.md puts into an nginx of others, exactly as it says, for pages of other origins."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.deploy.test_nginx import gateway
from tests.support.manifests import ROOT
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tickcast.runtime.origins import HEADERS, MAX_AGE, METHODS, Origins, parse_origins

DOC = (ROOT / "docs/kubernetes.md").read_text("utf-8")
RECIPE = re.compile(
    r"^- all of \[\S+\]\(\.\./(?P<maps>\S+)\) in `http-snippets` .*?`(?P<list>x \"[^`]+)`, "
    r"in place of `(?P<include>[^`]+)`\n"
    r"- all of \[\S+\]\(\.\./(?P<fields>\S+)\) in the annotation `nginx.org/server-snippets`$",
    re.MULTILINE | re.DOTALL,
)

CONTROLLER = """
daemon off; worker_processes 1; pid {folder}/nginx.pid;
events {{ worker_connections 100; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
  server {{
    listen 127.0.0.1:{port};
    {server}
    location / {{ client_max_body_size 128k; proxy_pass http://127.0.0.1:{gateway}; }}
  }}
  server {{ listen 127.0.0.1:{health}; location / {{ return 200; }} }}
}}
"""
"""As the controller writes it, but for what has no part in this."""

DESK = "https://desk.example"
ASKED = {"origin": DESK, "access-control-request-method": "PATCH"}


@contextmanager
def controller(folder: Path) -> Iterator[tuple[str, int]]:
    """Run an nginx with the two snippets; return its address, and the port where it looks for a gateway."""
    found = RECIPE.search(DOC)
    assert found is not None
    maps = (ROOT / found["maps"]).read_text("utf-8")
    assert maps.count(found["include"]) == 1
    port, health, behind = free_port(), free_port(), free_port()
    main = folder / "nginx.conf"
    main.write_text(
        CONTROLLER.format(
            folder=folder,
            http=maps.replace(found["include"], found["list"]),
            server=(ROOT / found["fields"]).read_text("utf-8"),
            port=port,
            gateway=behind,
            health=health,
        ),
        "utf-8",
    )
    with running_nginx(folder, main, health):
        yield f"http://127.0.0.1:{port}", behind


def raw(fields: dict[str, str]) -> bytes:
    """Return fields as a gateway sends those that it gives the desk."""
    listed = Origins(parse_origins(DESK)).fields({"origin": [DESK]}, "/")
    own = [*listed, *((name.encode(), value.encode()) for name, value in fields.items())]
    return b"".join(b"%b: %b\r\n" % field for field in own)


async def test_a_preflight_is_answered_once_with_a_gateway_and_without(tmp_path: Path) -> None:
    preflight = {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": HEADERS,
        "access-control-max-age": MAX_AGE,
    }
    with controller(tmp_path) as (url, behind):
        async with httpx2.AsyncClient(trust_env=False, timeout=30, base_url=url) as web:
            without = await web.request("OPTIONS", "/v1/streams/a.b", headers=ASKED)
            async with gateway(behind, fields=raw(preflight)):
                answered = await web.request("OPTIONS", "/v1/streams/a.b", headers=ASKED)
    for answer in (without, answered):
        assert answer.status_code == 204
        for name, value in {**preflight, "access-control-allow-origin": DESK, "vary": "origin"}.items():
            assert answer.headers.get_list(name) == [value], name


@pytest.mark.parametrize(("method", "size", "status"), [("GET", 0, 502), ("PATCH", 200_000, 413)])
async def test_a_listed_page_may_read_what_the_controller_answers(
    tmp_path: Path, method: str, size: int, status: int
) -> None:
    with controller(tmp_path) as (url, _):
        async with httpx2.AsyncClient(trust_env=False, timeout=30, base_url=url) as web:
            answer = await web.request(method, "/v1/x", headers={"origin": DESK}, content=bytes(size))
            stranger = await web.request(method, "/v1/x", headers={"origin": "https://stranger.example"})
    assert answer.status_code == status
    assert answer.headers.get_list("access-control-allow-origin") == [DESK]
    assert answer.headers.get_list("vary") == ["origin"]
    assert "access-control-allow-origin" not in stranger.headers


async def test_what_a_gateway_answers_has_each_field_once(tmp_path: Path) -> None:
    with controller(tmp_path) as (url, behind):
        async with gateway(behind, fields=raw({})), httpx2.AsyncClient(trust_env=False, timeout=30) as web:
            answer = await web.get(f"{url}/v1/snapshot", headers={"origin": DESK})
    assert answer.status_code == 200
    names = [name for name, _ in answer.headers.multi_items()]
    assert "access-control-allow-origin" in names
    assert len(names) == len(set(names))
