"""What the `kafka` source says of wrong settings, and what it makes of right ones."""

import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.support.certificates import make_certificate
from tickcast.publisher.program import source_maker
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError, SourceOptions, load_source
from tickcast.publisher.sources.kafka import KafkaSource, kafka
from tickcast.publisher.sources.kafka_security import read_security

SERVERS = "TICKCAST_KAFKA_SERVERS: addresses such as 127.0.0.1:9092 are needed, with commas"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kafka_servers": "127.0.0.1"}, SERVERS),
        ({"kafka_servers": "kafka://me:secret@host:9092"}, SERVERS),
        ({"kafka_servers": "host:9092,"}, SERVERS),
        ({"kafka_servers": "host:0"}, SERVERS),
        ({"kafka_servers": "host:65536"}, SERVERS),
        ({"kafka_topic": "a b"}, "TICKCAST_KAFKA_TOPIC: 'a b' is no topic"),
        ({"kafka_topic": ".."}, "TICKCAST_KAFKA_TOPIC: '..' is no topic"),
        ({"kafka_topic": "prices.*"}, "TICKCAST_KAFKA_TOPIC: 'prices.*' is no topic"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(options: dict[str, str], says: str) -> None:
    with pytest.raises(SourceError) as error:
        kafka(SourceOptions(**options))
    assert str(error.value).startswith(says)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("servers", ["a:9092", "a-b.c:1, [::1]:65535 ,127.0.0.1:9092"])
def test_servers_are_addresses_with_ports(servers: str) -> None:
    kafka(SourceOptions(kafka_servers=servers, kafka_topic="prices.eu_1-a"))


def test_the_group_is_that_of_the_feed_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[SourceOptions] = []
    monkeypatch.setattr("tickcast.publisher.program.load_source", lambda name: found.append)
    monkeypatch.setenv("TICKCAST_KAFKA_SERVERS", "a:1")
    monkeypatch.setenv("TICKCAST_KAFKA_TOPIC", "prices")
    monkeypatch.setenv("TICKCAST_KAFKA_START", "live")
    monkeypatch.setenv("TICKCAST_KAFKA_SECURITY_FILE", "file")
    source_maker(PublisherSettings(feed="eu"))
    source_maker(PublisherSettings(kafka_group="mine"))
    assert [each.kafka_group for each in found] == ["tickcast-eu", "mine"]
    [first, _] = found
    assert (first.kafka_servers, first.kafka_topic, first.kafka_start) == ("a:1", "prices", "live")
    assert first.kafka_security_file == Path("file")


@pytest.mark.parametrize("start", ["latest", ""])
def test_an_unknown_start_is_refused_by_name(start: str) -> None:
    with pytest.raises(ValidationError, match="kafka_start"):
        PublisherSettings(kafka_start=start)


def test_it_is_found_by_name_and_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factory = load_source("kafka")
    assert factory is kafka
    assert isinstance(factory(SourceOptions()), KafkaSource)
    monkeypatch.setattr("tickcast.publisher.sources.kafka.find_spec", lambda name: None)
    with pytest.raises(
        SourceError, match=r"needs aiokafka, not installed here: pip install 'tickcast\[kafka\]'"
    ):
        factory(SourceOptions())


def written(folder: Path, text: str) -> Path:
    path = folder / "security"
    path.write_text(text)
    return path


def test_without_a_file_nothing_is_set() -> None:
    assert read_security(None) == {}


def test_a_file_sets_user_password_and_certificates(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    certificate, key = tmp_path / "tls" / "tickcast.crt", tmp_path / "tls" / "tickcast.key"
    options = read_security(
        written(
            tmp_path,
            "# a comment\n\nsecurity.protocol = sasl_ssl\nsasl.mechanism=scram-sha-256\n"
            f"sasl.username=me\nsasl.password=a=b #c\nssl.ca.location={certificate}\n"
            f"ssl.certificate.location={certificate}\nssl.key.location={key}\n",
        )
    )
    context = options.pop("ssl_context")
    assert options == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "me",
        "sasl_plain_password": "a=b #c",
    }
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hunter2\n", "line 1 sets none of security.protocol, sasl.mechanism"),
        ("\nbootstrap.servers=hunter2:1\n", "line 2 sets none of"),
        ("security.protocol=TLS\n", "security.protocol may be PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\n", "sasl.mechanism may be PLAIN, SCRAM-"),
        ("security.protocol=SASL_PLAINTEXT\nsasl.password=hunter2\n", "SASL_PLAINTEXT needs sasl.username"),
        ("security.protocol=SASL_PLAINTEXT\nsasl.username=me\n", "SASL_PLAINTEXT needs sasl.password"),
        ("security.protocol=SSL\nssl.ca.location=nowhere\n", "a file of ssl.* cannot be used: No such file"),
        ("security.protocol=SSL\nssl.key.location=a\n", "ssl.key.location needs ssl.certificate.location"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_and_no_secret(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SourceError) as error:
        kafka(SourceOptions(kafka_security_file=written(tmp_path, text)))
    assert str(error.value).startswith(f"TICKCAST_KAFKA_SECURITY_FILE: {says}")
    assert "hunter2" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    with pytest.raises(SourceError, match=f"{missing} cannot be read: No such file"):
        read_security(missing)
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(SourceError, match="is not UTF-8"):
        read_security(tmp_path / "bytes")
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    with pytest.raises(SourceError, match=r"a file of ssl\.\* cannot be used: "):
        read_security(written(tmp_path, f"security.protocol=SSL\nssl.ca.location={bad}\n"))
