"""What stands around the lines of docs/proxies.md: a distribution's own files, and paths."""

import grp
import os
import pwd
import subprocess
from pathlib import Path

from tests.support.snippets import block
from tests.support.tools import need
from tests.web.node import install_packages, node

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
MODULES = Path("/usr/lib/apache2/modules")


def _write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def _certificate(folder: Path) -> None:
    """Make what lines with TLS name."""
    key, certificate = folder / "tickcast.key", folder / "tickcast.crt"
    command = [need("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(command, check=True, capture_output=True)
    _write(folder, "tickcast.pem", certificate.read_text() + key.read_text())
    key.chmod(0o644)


def _tls(folder: Path, text: str) -> None:
    if "tickcast." in text:
        _certificate(folder)


def nginx(folder: Path, text: str) -> list[str]:
    """Put the lines into the block `http` of a main file."""
    _tls(folder, text)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"""
{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1000; }}
http {{ access_log off; {paths}
{text}
}}
"""
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", _write(folder, "nginx.conf", main)]


def haproxy(folder: Path, text: str) -> list[str]:
    """The lines are the whole file."""
    _tls(folder, text)
    return ["haproxy", "-db", "-f", _write(folder, "haproxy.cfg", text)]


def apache(folder: Path, text: str) -> list[str]:
    """Load the modules that Debian loads, and those that the lines name in a comment."""
    _tls(folder, text)
    loaded = [
        "mpm_event",
        "authz_core",
        "authz_host",
        "dir",
        "env",
        "filter",
        "mime",
        "reqtimeout",
        "setenvif",
    ]
    made = block("docs/proxies.md", "Apache httpd", 3).replace("/etc/tickcast", str(folder))
    subprocess.run(["sh", "-euc", made], check=True)
    # The first line of a block is `# a2enmod NAME ...`.
    wanted = text.partition("\n")[0].removeprefix("# a2enmod ").split()
    files = {"slotmem_shm": "slotmem_shm", "ssl": "ssl"}
    names = dict.fromkeys([*loaded, *wanted])
    load = "".join(f"LoadModule {name}_module {MODULES}/mod_{files.get(name, name)}.so\n" for name in names)
    user = ""
    if os.geteuid() == 0:
        user = f"User {pwd.getpwnam('www-data').pw_name}\nGroup {grp.getgrnam('www-data').gr_name}\n"
    main = f"""
ServerRoot {folder}
ServerName 127.0.0.1
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
Mutex file:{folder}
TypesConfig /etc/mime.types
{load}{user}{text}
"""
    return ["apache2", "-DFOREGROUND", "-d", str(folder), "-f", _write(folder, "apache2.conf", main)]


def varnish(folder: Path, text: str) -> list[str]:
    """The lines are the VCL; its first line is a comment with the arguments."""
    arguments = text.partition("\n")[0].removeprefix("# varnishd ").split()
    file = _write(folder, "default.vcl", text)
    return ["varnishd", "-F", "-n", str(folder / "varnish"), *arguments, "-f", file]


def squid(folder: Path, text: str) -> list[str]:
    """The lines are the whole file but paths."""
    paths = f"""
pid_filename {folder}/pid
cache_log {folder}/cache.log
access_log none
coredump_dir {folder}
cache_store_log none
netdb_filename none
"""
    return ["squid", "-N", "-f", _write(folder, "squid.conf", text + paths)]


def lighttpd(folder: Path, text: str) -> list[str]:
    """The lines are the whole file but paths."""
    _write(folder, "retry", "retry: 3000\n\n")
    paths = f'server.document-root = "{folder}"\nserver.errorlog = "{folder}/error.log"\n'
    paths += f'server.upload-dirs = ( "{folder}" )\n'
    return ["lighttpd", "-D", "-f", _write(folder, "lighttpd.conf", text + paths)]


def caddy(folder: Path, text: str) -> list[str]:
    """The lines are the whole Caddyfile."""
    _tls(folder, text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", _write(folder, "Caddyfile", text)]


def node_proxy(folder: Path, text: str) -> list[str]:
    """The lines are a whole module."""
    return [str(node()), _module(folder, "proxy.mjs", text)]


def vite(folder: Path, text: str) -> list[str]:
    """The lines are vite.config.js."""
    command = [str(node()), str(PACKAGES / "vite" / "bin" / "vite.js"), str(folder), "--host", "127.0.0.1"]
    return [*command, "--config", _module(folder, "vite.config.mjs", text)]


def webpack(folder: Path, text: str) -> list[str]:
    """The lines are webpack.config.js; what `webpack serve` does with it stands here."""
    _module(folder, "webpack.config.mjs", text)
    _write(folder, "page.js", "")
    start = """
import webpack from "webpack";
import WebpackDevServer from "webpack-dev-server";
import config from "./webpack.config.mjs";

const compiler = webpack({ mode: "development", entry: "./page.js" });
await new WebpackDevServer({ host: "127.0.0.1", ...config.devServer }, compiler).start();
"""
    return [str(node()), _module(folder, "start.mjs", start)]


def _module(folder: Path, name: str, text: str) -> str:
    """Write a module that finds the npm packages of the tests."""
    install_packages(HERE)
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(PACKAGES)
    return _write(folder, name, text)
