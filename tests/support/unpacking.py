"""What a client reads of the frames that a subscriber in memory got."""

from tests.support.market import MemorySubscriber
from tickcast.bench.decoder import Decoder
from tickcast.client.sse import Event, SseParser
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.compression import Encoding


def unpacked(encoding: Encoding, subscriber: MemorySubscriber) -> list[Event]:
    """Return every event that it got, unpacked as one stream from the first byte."""
    head = b"HTTP/1.1 200 OK\r\n"
    frames = subscriber.frames
    if encoding is not Encoding.IDENTITY:
        head += b"content-encoding: %b\r\n" % encoding.value.encode()
        frames = [sse.chunk(encoding.prologue), *frames]
    plain = Decoder().feed(head + b"\r\n" + b"".join(frames))
    return SseParser().feed(plain.partition(b"\r\n\r\n")[2])
