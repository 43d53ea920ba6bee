"""A broker of Kafka, where a machine has one: `kafka-server-start.sh` on PATH, or in `bin` of KAFKA_HOME."""

import asyncio
import base64
import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete

from tests.support.certificates import make_certificate
from tests.support.eventually import wait_until
from tests.support.missing import optional
from tests.support.ports import free_port

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secure}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.segment.delete.delay.ms=0
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=\
  org.apache.kafka.common.security.plain.PlainLoginModule required user_feed="{PASSWORD}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
"""

PASSWORD = "right-one"
"""Of the user `feed`, who comes over TLS."""


def _program(name: str) -> str:
    """Return the path of a script of Kafka; the test is skipped where there is none, in CI too."""
    home = os.environ.get("KAFKA_HOME")
    path = os.environ.get("PATH", "") if home is None else str(Path(home, "bin"))
    found = shutil.which(name, path=path)
    if found is None:
        optional(f"{name} is neither on PATH nor in bin of KAFKA_HOME (Apache Kafka, and Java)")
    return found


class RealKafka:
    """A broker that is its own controller."""

    def __init__(self, folder: Path) -> None:
        """It is not started yet."""
        self._storage, self._server = _program("kafka-storage.sh"), _program("kafka-server-start.sh")
        self._port, secure, controller = free_port(), free_port(), free_port()
        self.servers, self.secure = f"127.0.0.1:{self._port}", f"127.0.0.1:{secure}"
        make_certificate(folder)
        self.certificate = folder / "tls" / "tickcast.crt"
        key = folder / "tls" / "tickcast.key"
        (folder / "broker.pem").write_text(key.read_text() + self.certificate.read_text())
        self._folder = folder
        self._settings = folder / "server.properties"
        self._settings.write_text(
            PROPERTIES.format(
                port=self._port, secure=secure, controller=controller, folder=folder, PASSWORD=PASSWORD
            )
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._format()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        user = f"SCRAM-SHA-512=[name=feed,password={PASSWORD}]"
        command = [self._storage, "format", "-t", cluster, "-c", str(self._settings), "--add-scram", user]
        subprocess.run(command, check=True, capture_output=True, env=self._environment())

    def _environment(self) -> dict[str, str]:
        return os.environ | {"LOG_DIR": str(self._folder / "logs"), "KAFKA_HEAP_OPTS": "-Xmx512m"}

    def run(self) -> None:
        """Start it; return when it answers."""
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [self._server, str(self._settings)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,
            )
        wait_until(self._answers, 90)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "output").read_text()
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True

    async def start(self) -> None:
        await asyncio.to_thread(self.run)

    async def stop(self) -> None:
        self.kill()

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def create(self, topic: str, partitions: int = 1) -> None:
        async with self._admin() as admin:
            await admin.create_topics([NewTopic(topic, partitions, 1)])

    async def add_partition(self, topic: str) -> None:
        async with self._admin() as admin:
            [described] = await admin.describe_topics([topic])
            await admin.create_partitions({topic: NewPartitions(len(described["partitions"]) + 1)})

    async def send(self, topic: str, *values: bytes | None, partition: int = 0, packed: str = "") -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.servers, compression_type=packed or None)
        await producer.start()
        try:
            for sending in [await producer.send(topic, value, b"key", partition) for value in values]:
                await sending
        finally:
            await producer.stop()

    async def delete(self, topic: str, before: int) -> None:
        """Delete the messages of partition 0 before an offset."""
        async with self._admin() as admin:
            await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)})

    async def position(self, group: str, topic: str, partition: int = 0) -> int | None:
        """Return the position that a group has kept."""
        async with self._admin() as admin:
            kept = await admin.list_consumer_group_offsets(group)
        found = kept.get(TopicPartition(topic, partition))
        return None if found is None or found.offset < 0 else int(found.offset)
