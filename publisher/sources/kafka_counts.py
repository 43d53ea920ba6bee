"""What the source `kafka` counts."""

from prometheus_client import Counter, Gauge

DELETED = Counter(
    "tickcast_publisher_kafka_deleted_messages_total",
    "Messages of Kafka that were deleted before they were read",
)

LAG = Gauge("tickcast_publisher_kafka_lag_messages", "Messages of Kafka that are not read yet")
