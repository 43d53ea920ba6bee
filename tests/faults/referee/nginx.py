"""nginx before the gateways, with the routes that the product ships."""

import shutil
from pathlib import Path

from tests.faults.referee.processes import Process
from tests.support.ports import free_port

FILES = Path(__file__).parents[3] / "deploy/nginx"
INSTALLED = "/etc/nginx/tickcast"
"""Where the files of the product lie in its image."""

_CONFIG = """
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
worker_shutdown_timeout 1s;
events {{ worker_connections 1000; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream gateways {{ zone gateways 256k; least_conn; {servers} keepalive 8; }}
  map $request_id $retry_ms {{ default 1000; }}
  map $https $hsts {{ default ""; }}
  include {files}/origins.conf;
  limit_req_zone $binary_remote_addr zone=opening:1m rate=10000r/s;
  limit_req_zone $binary_remote_addr zone=changes:1m rate=10000r/s;
  limit_req_zone $binary_remote_addr zone=snapshots:1m rate=10000r/s;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_set_header X-Tickcast-Balanced 1;
  proxy_connect_timeout 1s; proxy_next_upstream error timeout http_503;
  proxy_next_upstream_tries 4; proxy_next_upstream_timeout 5s;
  server {{ listen 127.0.0.1:{port}; include {routes}; }}
}}
"""


def is_installed() -> bool:
    """Tell whether this machine has nginx."""
    return shutil.which("nginx") is not None


class Nginx:
    """The balancer."""

    def __init__(self, folder: Path, gateways: list[int]) -> None:
        """Take a folder for its files, and the ports of the gateways."""
        self.port = free_port()
        home = folder / "nginx"
        home.mkdir()
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in gateways)
        config, routes = home / "nginx.conf", home / "routes.conf"
        routes.write_text((FILES / "routes.conf").read_text("utf-8").replace(INSTALLED, str(FILES)), "utf-8")
        config.write_text(
            _CONFIG.format(folder=home, servers=servers, port=self.port, routes=routes, files=FILES), "utf-8"
        )
        command = [
            shutil.which("nginx") or "nginx",
            "-p",
            str(home),
            "-c",
            str(config),
            "-e",
            f"{home}/error.log",
        ]
        self.process = Process("nginx", command, home / "log")
