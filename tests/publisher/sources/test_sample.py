"""The sample recording that comes with Tickcast is small, whole, and what its program makes."""

import gzip
import subprocess
import sys
from pathlib import Path

from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.replay import replay
from tickcast.wire.inbox import Description
from tickcast.wire.tick import Tick

EXAMPLES = Path(__file__).parents[3] / "examples"
SAMPLE = EXAMPLES / "sample.jsonl.gz"


async def test_every_line_of_the_sample_is_played() -> None:
    source = replay(SourceOptions(file=str(SAMPLE), speed=None))
    items = [item async for each in source for item in each]
    ticks = [item for item in items if isinstance(item, Tick)]
    lines = gzip.decompress(SAMPLE.read_bytes()).count(b"\n")
    described = {item.symbol for item in items if isinstance(item, Description)}
    assert len(items) == lines
    assert described == {tick.symbol for tick in ticks}
    assert "AAPL" in described
    assert ticks[-1].time - ticks[0].time > 170_000_000
    assert SAMPLE.stat().st_size < 200_000


def test_the_program_beside_it_makes_it_again(tmp_path: Path) -> None:
    made = tmp_path / "made.jsonl.gz"
    subprocess.run([sys.executable, EXAMPLES / "make_sample.py", made], check=True, timeout=60)
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(SAMPLE.read_bytes())
