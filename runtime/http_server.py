"""How both programs run uvicorn: it answers HTTP and nothing else, and leaves all logs to its program."""

from typing import Any

SERVER_OPTIONS: dict[str, Any] = {
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": 30,
    "timeout_graceful_shutdown": 2,
}
"""Arguments of uvicorn.Config."""
