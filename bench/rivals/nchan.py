"""nchan, the nginx module: configures, starts and feeds it.

One worker, because one core is measured; messages in shared memory, several channels multiplexed on one
connection, no ping, no access log: the fastest settings according to its documentation.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickcast.bench.process import Process, wait_for
from tickcast.bench.stack import Stack, answers
from tickcast.runtime.ports import free_ports

SETTINGS = (
    "nchan: one worker, in-memory store, multiplexed channels (nchan_channel_id_split_delimiter), "
    "nchan_message_buffer_length 100, no ping, no access log; fed by pipelined POSTs"
)

_CONFIG = """
load_module {module};
worker_processes 1;
daemon off;
pid nginx.pid;
worker_rlimit_nofile 65536;
error_log stderr crit;
events {{ worker_connections 30000; use epoll; multi_accept on; }}
http {{
  access_log off;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location /readyz {{ return 200; }}
    location ~ ^/pub/(\\w+)$ {{
      nchan_publisher http;
      nchan_channel_id $1;
      nchan_message_buffer_length 100;
      nchan_message_timeout 10s;
    }}
    location ~ ^/sub/(.+)$ {{
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_channel_id_split_delimiter ",";
      nchan_subscriber_first_message newest;
      nchan_eventsource_ping_interval 0;
    }}
  }}
}}
"""


def module() -> Path | None:
    """Return the path of the module; None if nginx or the module is not installed."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        return None
    built = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"--modules-path=(\S+)", built)
    path = Path(found[1] if found else "", "ngx_nchan_module.so")
    return path if path.exists() else None


def missing() -> str:
    """Return the reason why it cannot be measured here, "" if it can."""
    return "" if module() else "nginx with ngx_nchan_module.so is not installed (Debian: libnginx-mod-nchan)"


@contextmanager
def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
    """Start nginx on the measured core, and its feeder on another core."""
    (port,) = free_ports(1)
    prefix = stack.directory / f"nginx-{port}"
    prefix.mkdir()
    config = prefix / "nginx.conf"
    config.write_text(_CONFIG.format(module=module(), port=port))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    feed = [sys.executable, "-m", "tickcast.bench.rivals.nchan_feeder", str(port), stack.redis_url]
    with stack.start("nchan", [nginx, "-p", str(prefix), "-c", str(config)], measured=True) as process:
        wait_for(lambda: answers(port, "/readyz"), "nchan is ready", processes=[process])
        with stack.start("nchan feeder", feed) as feeder:
            yield process, port
            feeder.check()
