"""The Helm chart says what the files for kustomize say, and its schema refuses what it does not know.

Helm is optional: what it made of the chart is in `rendered/`, with a digest of the chart, and is compared
with the files for kustomize. Where Helm is, it must still make the same. After a change of the chart, with
Helm on PATH: RECORD=1 make test ARGS=tests/deploy/test_helm_chart.py
"""

import copy
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy.test_kubernetes import OPERATOR, VERSIONS
from tests.support.manifests import (
    BASE,
    MANIFESTS,
    PROGRAMS,
    ROOT,
    Manifest,
    configured,
    content_of,
    resources_of,
)
from tests.support.missing import optional
from tests.support.snippets import block

CHART = ROOT / "deploy/helm/tickcast"
RENDERED = Path(__file__).parent / "rendered/chart.yaml"
"""With all that may be switched on; the first line has the digest of the chart."""

ALL_ON = yaml.safe_load(block("docs/kubernetes.md", "Delayed prices", 2)) | {"podMonitors": {"enabled": True}}
"""The values of the docs for delayed prices, and what else may be switched on."""

VALUES = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
SCHEMA = yaml.safe_load((CHART / "values.schema.json").read_text("utf-8"))


def chart_digest() -> str:
    found = hashlib.sha256()
    for path in sorted(CHART.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(CHART).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm on the chart; the test is skipped without it."""
    if (program := shutil.which("helm")) is None:
        optional("helm is not on PATH (https://helm.sh)")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def template(*arguments: str) -> str:
    done = helm("template", "tickcast", str(CHART), "--kube-version", VERSIONS[0], *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def manifests_of(text: str) -> dict[tuple[str, str], Manifest]:
    found = [each for each in yaml.safe_load_all(text) if each]
    named = {(each["kind"], each["metadata"]["name"]): each for each in found}
    assert len(named) == len(found)
    return named


@pytest.fixture(scope="module")
def chart() -> dict[tuple[str, str], Manifest]:
    """What Helm made of the chart."""
    return manifests_of(RENDERED.read_text("utf-8"))


def plain(manifest: Manifest) -> Manifest:
    """Return a manifest as it is compared: without what only one of the two tools needs."""
    found = copy.deepcopy(manifest)
    if found["kind"] == "Deployment":
        pod = found["spec"]["template"]
        pod["metadata"]["annotations"].pop("checksum/settings", None)
        for container in pod["spec"]["containers"]:
            container["image"] = container["image"].partition(":")[0]
    if found["kind"] == "Ingress":
        for rule in found["spec"]["rules"]:
            rule["http"]["paths"].sort(key=lambda path: path["path"])
    return found


def given(folder: Path, values: Manifest) -> str:
    """Return what Helm makes of the chart with some values."""
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values), "utf-8")
    return template("-f", str(file))


def test_helm_still_makes_of_the_chart_what_is_recorded(tmp_path: Path) -> None:
    text = f"# {chart_digest()}\n" + given(tmp_path, ALL_ON)
    if os.environ.get("RECORD") == "1" and os.environ.get("CI") != "true":
        RENDERED.write_text(text, "utf-8")
        pytest.skip(f"recorded {RENDERED.name}")
    assert manifests_of(text) == manifests_of(RENDERED.read_text("utf-8"))


def test_the_recording_is_of_this_chart() -> None:
    first = RENDERED.read_text("utf-8").partition("\n")[0]
    assert first == f"# {chart_digest()}", "the chart was changed: record it again, with Helm on PATH"


def check_same(
    chart: dict[tuple[str, str], Manifest], manifests: list[Manifest], programs: Iterable[str]
) -> None:
    # Helm makes the namespace by --create-namespace, and kustomize the ConfigMaps.
    ours = {(each["kind"], each["metadata"]["name"]): each for each in manifests}
    del ours["Namespace", "tickcast"]
    configs = {("ConfigMap", program) for program in programs}
    assert chart.keys() == ours.keys() | configs
    for key, manifest in ours.items():
        assert plain(chart[key]) == plain(manifest), key


def test_the_chart_has_all_that_the_files_for_kustomize_have(chart: dict[tuple[str, str], Manifest]) -> None:
    check_same(chart, MANIFESTS, PROGRAMS)


def test_the_chart_by_itself_has_what_they_have_without_components() -> None:
    made, programs = manifests_of(template()), ("gateway", "publisher")
    check_same(made, resources_of(BASE), programs)
    for program in programs:
        assert made["ConfigMap", program]["data"] == configured(program, components=False)


@pytest.mark.parametrize("program", PROGRAMS)
def test_both_give_a_program_the_same_settings(program: str, chart: dict[tuple[str, str], Manifest]) -> None:
    assert chart["ConfigMap", program]["data"] == configured(program)


def test_both_have_the_same_images(chart: dict[tuple[str, str], Manifest]) -> None:
    wanted = {f"{each['name']}:{each['newTag']}" for each in content_of(BASE)["images"]}
    pods = [chart["Deployment", program]["spec"]["template"]["spec"] for program in PROGRAMS]
    assert {pod["containers"][0]["image"] for pod in pods} == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_what_helm_makes_fits_the_schemas(version: str, chart: dict[tuple[str, str], Manifest]) -> None:
    for manifest in chart.values():
        if manifest["apiVersion"] != OPERATOR:
            assert kubernetes_validate.validate(manifest, version, strict=True) == version


def test_the_values_fit_their_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("ingres", {"enabled": False}),
        ("ingress.hosts", ["a.example"]),
        ("gateway.settings.MAX_CONNECTIONS", 1),
        ("gateway.settings.TICKCAST_FEED", "other"),
        ("publisher.settings.TICKCAST_PARTITIONS", 4),
        ("publisher.settings.TICKCAST_SPEED", 0.5),
        ("gateway.settings.TICKCAST_DRAIN", "20 s"),
        ("gateway.image.digest", "latest"),
        ("gateway.autoscaler.cpu", 700),
        ("publisher.resources.limits", {"cpu": "1"}),
        ("gateway.keysSecret", "auth-keys"),  # without issuer and audience
        ("delayer.minutes", 0),
        ("delayer.minutes", "15"),
        ("delayer.minute", 15),
        ("delayer.settings.TICKCAST_DELAY_MINUTES", 15),
        ("networkPolicies.redisPorts", []),
        ("partitions", "sixteen"),
    ],
)
def test_the_schema_refuses_what_the_chart_does_not_take(where: str, value: Any) -> None:
    values = copy.deepcopy(VALUES)
    *path, last = where.split(".")
    inner = values
    for name in path:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, SCHEMA)


def test_helm_finds_no_fault_in_the_chart() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


def test_helm_refuses_a_misspelt_value() -> None:
    done = helm("template", str(CHART), "--kube-version", VERSIONS[0], "--set", "ingres.enabled=false")
    assert done.returncode != 0
    assert "ingres" in done.stderr


def test_values_reach_the_manifests(tmp_path: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    values = {
        "feed": "odds",
        "partitions": 16,
        "imagePullSecrets": ["registry"],
        "gateway": {
            "image": {"repository": "registry.example.com/gateway", "digest": digest},
            "settings": {"TICKCAST_DRAIN": 90, "TICKCAST_RING_BYTES": 2_000_000_000},
        },
        "ingress": {"host": "prices.example.org", "tlsSecret": "certificate"},
        "networkPolicies": {"enabled": False},
    }
    found = manifests_of(given(tmp_path, values))
    for program in ("gateway", "publisher"):
        data = found["ConfigMap", program]["data"]
        assert (data["TICKCAST_FEED"], data["TICKCAST_PARTITIONS"]) == ("odds", "16")
    assert found["ConfigMap", "gateway"]["data"]["TICKCAST_RING_BYTES"] == "2000000000"
    pod = found["Deployment", "gateway"]["spec"]["template"]
    assert pod["spec"]["containers"][0]["image"] == f"registry.example.com/gateway@{digest}"
    assert pod["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["spec"]["terminationGracePeriodSeconds"] == 130
    ingress = found["Ingress", "tickcast"]["spec"]
    assert ingress["tls"] == [{"hosts": ["prices.example.org"], "secretName": "certificate"}]
    assert ingress["rules"][0]["host"] == "prices.example.org"
    assert "NetworkPolicy" not in {kind for kind, _ in found}
    # Another digest of the settings restarts the pods.
    digests = {
        manifests["Deployment", "gateway"]["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]
        for manifests in (found, manifests_of(template()))
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("minutes", "settings", "written", "served"),
    [
        (1.5, {}, "1.5", "1.5"),
        (1440, {}, "1440", "1440"),
        (15, {"TICKCAST_DELAYS": ""}, "15", ""),  # what the gateways have of their own goes first
    ],
)
def test_a_delay_reaches_delayers_and_gateways(
    minutes: float, settings: dict[str, str], written: str, served: str, tmp_path: Path
) -> None:
    values = {
        "feed": "odds",
        "gateway": {"settings": settings},
        "delayer": {"enabled": True, "minutes": minutes},
    }
    found = manifests_of(given(tmp_path, values))
    delayer, gateway = (found["ConfigMap", program]["data"] for program in ("delayer", "gateway"))
    assert (delayer["TICKCAST_FEED"], delayer["TICKCAST_DELAY_MINUTES"]) == ("odds", written)
    assert gateway["TICKCAST_DELAYS"] == served


def test_the_chart_has_the_version_of_the_images() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    version = re.search(r"^ARG VERSION=(\S+)$", (ROOT / "deploy/Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert chart["version"] == chart["appVersion"] == version[1]
    assert chart["kubeVersion"] == f">={VERSIONS[0]}.0-0"
