"""The files of the page, as a gateway answers them."""

import gzip
import re
import sys
from pathlib import Path

import pytest

from tickcast.gateway.http.pages import MAX_FILES, Page, PageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SCRIPT = "export const answer = 42;\n" * 100
CHART = "node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "index.html": "<!doctype html>",
        "page/app.js": SCRIPT,
        "package.json": "{}",
        "README.md": "for npm",
        "node_modules/other/index.js": "private",
        CHART: "export const chart = 1;",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_it_serves_what_is_for_browsers_and_nothing_else(folder: Path) -> None:
    page = Page(folder)
    assert page.paths == ["/index.html", "/page/app.js", "/vendor/lightweight-charts.js"]
    for path in (
        "/package.json",
        "/node_modules/other/index.js",
        "/page",
        "/page/../index.html",
        "//index.html",
    ):
        assert page.find(path, {}) is None


def test_the_root_is_the_index(folder: Path) -> None:
    response = Page(folder).find("/", {})
    assert response is not None
    assert (response.status, response.body) == (200, b"<!doctype html>")
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_a_chart_that_is_not_installed_is_left_out(folder: Path) -> None:
    (folder / CHART).unlink()
    assert Page(folder).paths == ["/index.html", "/page/app.js"]


def test_each_encoding_unpacks_to_the_same_and_has_a_tag_of_its_own(folder: Path) -> None:
    page = Page(folder)
    tags = set()
    for encoding, unpack in (("", bytes), ("gzip", gzip.decompress), ("zstd, gzip", zstd.decompress)):
        response = page.find("/page/app.js", {"accept-encoding": encoding})
        assert response is not None
        assert unpack(response.body) == SCRIPT.encode()
        assert response.headers.get("content-encoding", "") == encoding.partition(",")[0]
        assert response.headers["vary"] == "accept-encoding"
        tags.add(response.headers["etag"])
    assert len(tags) == 3


def test_a_known_tag_gets_304_and_the_policy_again(folder: Path) -> None:
    page = Page(folder)
    first = page.find("/", {})
    assert first is not None
    again = page.find("/", {"if-none-match": f'"other", {first.headers["etag"]}'})
    assert again is not None
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-security-policy" in again.headers
    (folder / "index.html").write_text("<!doctype html><title>New</title>")
    other = Page(folder).find("/", {"if-none-match": first.headers["etag"]})
    assert other is not None
    assert other.status == 200


def test_html_names_every_module_that_its_scripts_will_import(folder: Path) -> None:
    (folder / "index.html").write_text('<head><script type="module" src="page/app.js"></script></head>')
    (folder / "page/app.js").write_text(
        'import { a } from "./one.js";\nimport {\n  b,\n} from "../two.js";\n'
    )
    (folder / "page/one.js").write_text(
        'export { c } from "../two.js";\nconst later = import("./lazy.js");\n'
    )
    (folder / "two.js").write_text(
        '/** import { d } from "./no.js"; */\nimport { e } from "./page/one.js";\n'
    )
    response = Page(folder).find("/", {})
    assert response is not None
    assert re.findall(rb'modulepreload" href="([^"]+)"', response.body) == [b"page/one.js", b"two.js"]


def test_a_folder_that_is_no_page_is_refused(folder: Path) -> None:
    for number in range(MAX_FILES):
        (folder / f"{number}.js").write_text("")
    with pytest.raises(PageError, match="more than"):
        Page(folder)
