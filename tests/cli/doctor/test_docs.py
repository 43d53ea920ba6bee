"""docs/doctor.md lists every finding by its name, with the levels that it may have."""

import inspect
import re
from pathlib import Path

from tickcast.cli.commands.doctor import doctor
from tickcast.cli.doctor.settings import DoctorSettings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/doctor.md").read_text("utf-8")
CODE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "cli/doctor").glob("*.py")))

NOT_FLAGS = {"as_json", "shows_all"}
UNUSED = {"partitions", "log_level", "log_format"}
"""Settings of all programs that mean nothing to the doctor."""


def levels_in_code() -> dict[str, set[str]]:
    """Return the levels besides `ok` and `unchecked` that each finding may have."""
    found: dict[str, set[str]] = {}
    for level, name in re.findall(r'\b(fault|warning)\(\s*"([a-z0-9-]+)"', CODE):
        found.setdefault(name, set()).add(level)
    # One check serves two certificates; its name is an argument.
    for name in re.findall(r'judge_expiry\("([a-z0-9-]+)"', CODE):
        found.setdefault(name, set()).add("warning")
    return found


def test_the_page_lists_every_finding_with_its_levels() -> None:
    listed = re.findall(
        r"^\| `([a-z0-9-]+)` \| (fault|warning|fault, warning) \| .+ \| .+ \|$", PAGE, re.MULTILINE
    )
    assert len(listed) == len({name for name, _ in listed}) > 40
    assert {name: {*levels.split(", ")} for name, levels in listed} == levels_in_code()


def test_every_finding_that_is_right_or_unchecked_has_a_name_of_the_list() -> None:
    named = {*re.findall(r'\bok\(\s*"([a-z0-9-]+)"', CODE)}
    named |= {
        name
        for part in re.findall(r"\bunchecked\(\[([^]]+)\]", CODE)
        for name in re.findall(r'"([a-z0-9-]+)"', part)
    }
    for part in re.findall(r"^[A-Z_]+ = \(([^)]+)\)", CODE, re.MULTILINE):
        named |= {*re.findall(r'"([a-z]+(?:-[a-z0-9]+)+)"', part)} & {*re.findall(r'"([a-z0-9-]+)"', CODE)}
    assert len(named) > 40
    assert named <= {*levels_in_code()}


def test_every_setting_has_a_flag_and_a_place_in_the_page() -> None:
    flags = {*inspect.signature(doctor).parameters} - NOT_FLAGS
    assert flags == {*DoctorSettings.model_fields} - UNUSED
    for flag in flags - {"url"}:
        if not flag.startswith(("redis_", "sentinel_")):
            assert f"--{flag.replace('_', '-')}" in PAGE, flag
