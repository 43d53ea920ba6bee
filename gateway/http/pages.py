"""The page and its modules: read and compressed once at the start, then served from memory.

Only files found at the start are served, so no path of a request ever reaches the disk.
"""

import gzip
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tickcast.gateway.protocol.compression import Encoding, choose_encoding
from tickcast.runtime.etag import is_current, strong_etag

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Content types of the served files, by suffix. Other files of the folder are not for browsers."""

DEBUG_PAGE = "/debug"
"""Path of the operator's page; its files are below it."""

ALIASES = {"/": "/index.html", DEBUG_PAGE: f"{DEBUG_PAGE}/index.html"}
"""Files of the pages, by the paths that people type."""

VENDOR = {
    "/vendor/lightweight-charts.js": "lightweight-charts/dist/lightweight-charts.standalone.production.mjs"
}
"""Files of npm packages, by path. A missing package is left out; the page works without it."""

MAX_FILES, MAX_BYTES = 200, 4 * 1024 * 1024
"""Bounds of the files in memory: a larger folder is not the page."""

SCRIPT = re.compile(rb'<script type="module" src="([^"]+)">')
IMPORT = re.compile(rb"""^(?:import|export)\b[^"';]*?from "(\.[^"]+)";""", re.MULTILINE)

ZSTD_LEVEL = 12
"""Higher levels save 3 % of bytes, and delay the start by a tenth of a second."""

HEADERS = {
    # This allows styles that scripts set, and forbids styles in the HTML.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # Browsers check each file at every visit and get 304: a rollout never mixes old and new modules.
    "cache-control": "no-cache",
    "vary": "accept-encoding",
}


class PageError(Exception):
    """The page's folder cannot be served; the message is one line."""


class PageResponse(NamedTuple):
    """The response to a request for a file."""

    status: int
    headers: dict[str, str]
    body: bytes


class Page:
    """The files of the page, by path, in every encoding."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read all files. Raises PageError."""
        files = _read(folder or _web())
        self._responses = {path: _responses(path, _with_preloads(path, files)) for path in files}

    @property
    def paths(self) -> list[str]:
        """Return the path of every file."""
        return sorted(self._responses)

    def find(self, path: str, headers: Mapping[str, str]) -> PageResponse | None:
        """Return the response to a request with these headers, by lower-case name; None: no such file."""
        found = self._responses.get(ALIASES.get(path, path))
        if found is None:
            return None
        response = found[choose_encoding(headers.get("accept-encoding"))]
        if is_current(headers.get("if-none-match", ""), response.headers["etag"]):
            return PageResponse(304, {name: response.headers[name] for name in ("etag", *HEADERS)}, b"")
        return response


def _read(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path, file in _files(folder):
        try:
            files[path] = file.read_bytes()
        except OSError as error:
            raise PageError(f"the page's file {path} cannot be read: {error.strerror}") from error
        if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
            raise PageError(f"the page has more than {MAX_FILES} files or {MAX_BYTES} bytes")
    return files


def _with_preloads(path: str, files: dict[str, bytes]) -> bytes:
    """Return a file; an HTML file gets a preload link for each module that its scripts will import.

    A browser finds a module's imports only when it has the module: without the links, every level of
    imports would cost a round trip.
    """
    if not path.endswith(".html"):
        return files[path]
    scripts = [_resolve(path, match[1]) for match in SCRIPT.finditer(files[path])]
    found = list(scripts)
    for module in found:
        imported = [_resolve(module, match[1]) for match in IMPORT.finditer(files.get(module, b""))]
        found += [name for name in dict.fromkeys(imported) if name in files and name not in found]
    # From where the page is, whatever proxies and apps put before it.
    links = [f'<link rel="modulepreload" href="{module[1:]}">' for module in found if module not in scripts]
    return files[path].replace(b"</head>", "".join(links).encode("utf-8") + b"</head>", 1)


def _resolve(path: str, relative: bytes) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative.decode("utf-8")))


def _responses(path: str, data: bytes) -> dict[Encoding, PageResponse]:
    bodies = {
        Encoding.IDENTITY: data,
        Encoding.GZIP: gzip.compress(data, 9, mtime=0),
        Encoding.ZSTD: zstd.compress(data, ZSTD_LEVEL),
    }
    found = {}
    for encoding, body in bodies.items():
        # A strong tag stands for exact bytes, so each encoding has its own.
        headers = {"content-type": TYPES[posixpath.splitext(path)[1]], "etag": strong_etag(body), **HEADERS}
        if encoding is not Encoding.IDENTITY:
            headers["content-encoding"] = encoding.value
        found[encoding] = PageResponse(200, headers, body)
    return found


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    packages = folder / "node_modules"
    for entry in sorted(folder.iterdir()):
        if entry == packages:
            continue
        for file in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if file.suffix in TYPES:
                yield f"/{file.relative_to(folder).as_posix()}", file
    for path, name in VENDOR.items():
        if (packages / name).is_file():
            yield path, packages / name


def _web() -> Path:
    """Return the page's folder, which is installed with the package."""
    found = find_spec("tickcast.web")
    assert found is not None
    assert found.submodule_search_locations
    return Path(next(iter(found.submodule_search_locations)))
