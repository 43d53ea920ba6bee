"""What the doctor is told of an installation, from TICKCAST_* variables or flags."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from tickcast.cli.token_file import token_in
from tickcast.cli.trust import context_of, no_certificates
from tickcast.cli.up.note import only_port, read_note
from tickcast.client.address import server_address
from tickcast.runtime.hosts import is_loopback
from tickcast.runtime.settings import ControlSettings, read_by


def _certificates(file: Path) -> None:
    try:
        context_of(file)
    except OSError as error:
        raise ValueError(no_certificates(error)) from None


class DoctorSettings(ControlSettings):
    """Settings of `tickcast doctor`. Raises pydantic.ValidationError; see ProgramSettings."""

    url: Annotated[str, AfterValidator(server_address)] = "http://127.0.0.1:8080"
    """Address at which clients reach Tickcast."""
    published_at: str | None = None
    """Address at which others reach what `url` names, if the doctor has another way: in a container."""
    token_file: Annotated[Path | None, read_by(token_in)] = None
    """File with a token for the gateways, if they want one."""
    cacert: Annotated[Path | None, read_by(_certificates)] = None
    """Certificates of the CAs that may have signed that of `url`, PEM; None: those of the system."""

    @property
    def token(self) -> str:
        """The token for the gateways; empty if there is none."""
        return "" if self.token_file is None else token_in(self.token_file)

    @property
    def knows_redis(self) -> bool:
        """Tell whether a Redis is named. Of an address elsewhere none on this machine is meant."""
        return "redis_url" in self.model_fields_set or is_loopback(urlsplit(self.url).hostname or "")

    def with_redis_of_up(self) -> "DoctorSettings":
        """Return them with the Redis of the `tickcast up` at the address, if none is named.

        Where no address is named either, and none runs at the usual one, the only one that runs is meant.
        """
        parts = urlsplit(self.url)
        if "redis_url" in self.model_fields_set or not is_loopback(parts.hostname or ""):
            return self
        port, url = parts.port or 80, self.url
        if "url" not in self.model_fields_set and read_note(port) is None and (only := only_port()):
            port, url = only, f"http://{parts.hostname}:{only}"
        note = read_note(port)
        if note is None:
            return self
        redis_url, feed = note
        named = self.feed if "feed" in self.model_fields_set else feed
        return self.model_copy(update={"url": url, "redis_url": redis_url, "feed": named})
