"""The components for kustomize: tokens, delayed prices, and what Prometheus watches."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from tests.deploy.test_observability import RULES
from tests.support.manifests import (
    BASE,
    FOLDER,
    KUSTOMIZATIONS,
    MANIFESTS,
    OVERLAY,
    PROGRAMS,
    configured,
    container_of,
    content_of,
    every,
    files_of,
    pod_of,
    resources_of,
    the,
)
from tickcast.access.issuing import new_key, public_part
from tickcast.access.key_files import KeyFiles
from tickcast.cli.main import app
from tickcast.gateway.settings import GatewaySettings, parse_delays
from tickcast.publisher.delay.settings import DelayerSettings

COMPONENTS = KUSTOMIZATIONS[1:]


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_lists_every_file_beside_it(kustomization: Path) -> None:
    there = [path.name for path in kustomization.parent.iterdir() if path.is_file() and path != kustomization]
    assert sorted(files_of(kustomization)) == sorted(there)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda path: path.parent.name)
def test_what_a_component_adds_or_changes_is_in_the_namespace_of_the_others(component: Path) -> None:
    content = content_of(component)
    # An overlay with no namespace of its own leaves the rest where it is.
    assert content["kind"] == "Component"
    assert content["namespace"] == content_of(BASE)["namespace"]
    generators = [*content.get("configMapGenerator", ()), *OVERLAY["configMapGenerator"]]
    assert {each["namespace"] for each in generators} == {content["namespace"]}


def test_a_component_names_the_image_of_what_it_adds() -> None:
    released = {image["name"]: image["newTag"] for image in content_of(BASE)["images"]}
    for component in COMPONENTS:
        pods = [each["spec"]["template"] for each in resources_of(component) if each["kind"] == "Deployment"]
        used = {container["image"] for pod in pods for container in pod["spec"]["containers"]}
        named = {image["name"]: image["newTag"] for image in content_of(component).get("images", ())}
        assert named == {name: released[name] for name in used}


def test_the_overlay_of_the_docs_names_components_that_there_are() -> None:
    folders = {str(component.parent.relative_to(FOLDER.parents[1])) for component in COMPONENTS}
    assert {each.removeprefix("tickcast/") for each in OVERLAY["components"]} <= folders


def test_a_delayer_is_started_by_a_command_of_ours() -> None:
    program, command = container_of("delayer")["command"]
    assert program == "tickcast"
    assert command in get_command(app).commands  # type: ignore[attr-defined]


def test_gateways_serve_what_the_delayer_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in configured("delayer").items():
        monkeypatch.setenv(name, value)
    delayer, gateway = DelayerSettings(), configured("gateway")
    assert parse_delays(gateway["TICKCAST_DELAYS"]) == [delayer.delay]
    assert {configured(program)["TICKCAST_FEED"] for program in PROGRAMS} == {delayer.feed}


def test_a_gateway_has_memory_for_a_ring_of_each_feed() -> None:
    resources = container_of("gateway")["resources"]
    [before] = [
        each["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
        for each in resources_of(BASE)
        if (each["kind"], each["metadata"]["name"]) == ("Deployment", "gateway")
    ]
    assert resources["limits"]["memory"] == resources["requests"]["memory"]
    more = mebibytes(resources["limits"]["memory"]) - mebibytes(before)
    assert more * 1024**2 >= GatewaySettings().ring_bytes


def mebibytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]


def test_without_components_everybody_may_read_the_live_feed_alone() -> None:
    plain = configured("gateway", components=False)
    assert {"TICKCAST_AUTH_KEYS", "TICKCAST_DELAYS"} & plain.keys() == set()
    assert {"TICKCAST_AUTH_KEYS", "TICKCAST_DELAYS"} <= configured("gateway").keys()


def test_gateways_alone_see_the_keys_where_their_settings_say() -> None:
    mounts = {
        program: {each["name"]: each for each in container_of(program)["volumeMounts"]}
        for program in PROGRAMS
    }
    assert [program for program, found in mounts.items() if "keys" in found] == ["gateway"]
    mount = mounts["gateway"]["keys"]
    assert (mount["mountPath"], mount["readOnly"]) == (configured("gateway")["TICKCAST_AUTH_KEYS"], True)
    # A file that is mounted by itself never changes.
    assert "subPath" not in mount
    [volume] = [each for each in pod_of("gateway")["spec"]["volumes"] if each["name"] == "keys"]
    # Without `optional` a gateway whose secret is missing does not start, and so lets nobody in.
    assert volume["secret"] == {"secretName": "auth-keys", "defaultMode": 0o440}


async def test_a_gateway_sees_keys_that_the_kubelet_changes(tmp_path: Path) -> None:
    # It writes all files of a secret to a new folder, then turns one link to that.
    def put(version: str, names: list[str]) -> None:
        (tmp_path / version).mkdir()
        for name in names:
            (tmp_path / version / name).write_text(json.dumps(public_part(new_key("ES256"))), "utf-8")
            if not (tmp_path / name).is_symlink():
                (tmp_path / name).symlink_to(f"..data/{name}")
        (tmp_path / "..new").symlink_to(version)
        (tmp_path / "..new").replace(tmp_path / "..data")

    keys = KeyFiles(tmp_path)
    put("..1", ["old.pub"])
    assert len(await keys.read() or ()) == 1
    put("..2", ["old.pub", "new.pub"])
    assert len(await keys.read() or ()) == 2
    assert await keys.read() is None


def test_the_alerts_expect_the_jobs_that_the_podmonitors_name() -> None:
    jobs = {the("PodMonitor", program)["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
            for program in PROGRAMS}  # fmt: skip
    assert {each["spec"]["jobLabel"] for each in every("PodMonitor")} == {"app.kubernetes.io/name"}
    [asked] = re.findall(r'process_start_time_seconds\{job=~"([\w|]+)"', RULES.read_text("utf-8"))
    assert set(asked.split("|")) == jobs == PROGRAMS.keys()


def test_a_name_stands_for_one_manifest() -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in MANIFESTS]
    assert len(names) == len(set(names))
