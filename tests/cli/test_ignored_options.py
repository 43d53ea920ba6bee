"""Options that the chosen source ignores are refused, and variables are not."""

import pytest

from tests.cli.program import tickcast
from tests.support.eventually import eventually
from tests.support.programs import running_publisher
from tickcast.cli.ignored_options import refuse_ignored
from tickcast.runtime.errors import UserError


@pytest.mark.parametrize("program", ["up", "publisher"])
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ("--source", "stdin", "--rate", "5"),
            "--rate: the source stdin ignores it; simulated takes it: --source simulated",
        ),
        (
            ("--file", "ticks.jsonl"),
            "--file: the source simulated ignores it; replay takes it: --source replay",
        ),
        (
            ("--source", "replay", "--file", "x", "--exchange-url", "wss://x"),
            "--exchange-url: the source replay ignores it; binance, coinbase and kraken take it",
        ),
    ],
)
def test_a_flag_that_the_source_ignores_is_refused(program: str, flags: tuple[str, ...], said: str) -> None:
    done = tickcast(program, *flags)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"tickcast: {said}\n")


def test_a_flag_that_says_what_holds_anyway_is_none_to_refuse() -> None:
    with pytest.raises(UserError, match="the source simulated ignores it; replay takes it"):
        refuse_ignored("simulated", {"loop": True})
    refuse_ignored("simulated", {"loop": False, "file": None})


async def test_a_variable_that_the_source_ignores_is_a_warning_and_no_more(valkey_url: str) -> None:
    async with running_publisher(valkey_url, file="ticks.jsonl", log_format="json") as publisher:
        await eventually(lambda: '"settings": "TICKCAST_FILE"' in publisher.output())
        await eventually(lambda: "leading" in publisher.output())
