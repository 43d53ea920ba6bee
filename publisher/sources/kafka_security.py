"""How to connect to a Kafka that asks who is there: a file of settings with the names that librdkafka has.

security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.username=feed
sasl.password=...
ssl.ca.location=/etc/kafka/ca.pem
"""

import ssl
from pathlib import Path
from typing import Any

from tickcast.publisher.source import SourceError

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
NAMES = (
    *("security.protocol", "sasl.mechanism", "sasl.username", "sasl.password"),
    *("ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password"),
)

_SETTING = "TICKCAST_KAFKA_SECURITY_FILE"


def read_security(path: Path | None) -> dict[str, Any]:
    """Return what a consumer of aiokafka is given for the settings in a file; nothing without a file.

    Raises SourceError, which names no secret.
    """
    if path is None:
        return {}
    settings = _read(path)
    protocol = settings.get("security.protocol", "PLAINTEXT").upper()
    _one_of("security.protocol", protocol, PROTOCOLS)
    options: dict[str, Any] = {"security_protocol": protocol}
    if protocol.startswith("SASL_"):
        mechanism = settings.get("sasl.mechanism", "PLAIN").upper()
        _one_of("sasl.mechanism", mechanism, MECHANISMS)
        options["sasl_mechanism"] = mechanism
        for name, option in (("username", "sasl_plain_username"), ("password", "sasl_plain_password")):
            if not settings.get(f"sasl.{name}"):
                raise SourceError(f"{_SETTING}: {protocol} needs sasl.{name}")
            options[option] = settings[f"sasl.{name}"]
    if protocol.endswith("SSL"):
        options["ssl_context"] = _context(settings)
    return options


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{_SETTING}: {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SourceError(f"{_SETTING}: {path} is not UTF-8") from None
    settings: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if not equals or name not in NAMES:
            # The name may be a secret that stands in a line of its own.
            raise SourceError(f"{_SETTING}: line {number} sets none of {', '.join(NAMES)}")
        settings[name] = value
    return settings


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SourceError(f"{_SETTING}: {name} may be {', '.join(known)}")


def _context(settings: dict[str, str]) -> ssl.SSLContext:
    certificate = settings.get("ssl.certificate.location")
    key = settings.get("ssl.key.location")
    try:
        context = ssl.create_default_context(cafile=settings.get("ssl.ca.location"))
        if certificate:
            # Without a password OpenSSL would ask for one at the terminal.
            context.load_cert_chain(certificate, key, settings.get("ssl.key.password", ""))
    except (OSError, ValueError) as error:
        why = error.strerror or error if isinstance(error, OSError) else error
        raise SourceError(f"{_SETTING}: a file of ssl.* cannot be used: {why}") from None
    if key and not certificate:
        raise SourceError(f"{_SETTING}: ssl.key.location needs ssl.certificate.location")
    return context
