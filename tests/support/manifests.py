"""What the manifests of deploy/kubernetes say, found as kustomize finds them."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic_settings import BaseSettings

from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.settings import PublisherSettings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
KUSTOMIZATIONS = sorted(FOLDER.rglob("kustomization.yaml"))
PROGRAMS: dict[str, type[BaseSettings]] = {"gateway": GatewaySettings, "publisher": PublisherSettings}
Manifest = dict[str, Any]


def resources_of(kustomization: Path) -> list[Manifest]:
    names = yaml.safe_load(kustomization.read_text("utf-8"))["resources"]
    texts = [(kustomization.parent / name).read_text("utf-8") for name in names]
    return [document for text in texts for document in yaml.safe_load_all(text)]


MANIFESTS = [manifest for file in KUSTOMIZATIONS for manifest in resources_of(file)]


def every(kind: str) -> list[Manifest]:
    found = [manifest for manifest in MANIFESTS if manifest["kind"] == kind]
    assert found
    return found


def the(kind: str, name: str) -> Manifest:
    [found] = [manifest for manifest in every(kind) if manifest["metadata"]["name"] == name]
    return found


def pod_of(program: str) -> Manifest:
    pod: Manifest = the("Deployment", program)["spec"]["template"]
    return pod


def container_of(program: str) -> Manifest:
    [container] = pod_of(program)["spec"]["containers"]
    return container  # type: ignore[no-any-return]


def ports_of(program: str) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container_of(program)["ports"]}


def configured(program: str) -> dict[str, str]:
    """Return what the ConfigMap of a program holds."""
    generators = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))["configMapGenerator"]
    [name] = [source["configMapRef"]["name"] for source in container_of(program)["envFrom"]]
    [files] = [generator["envs"] for generator in generators if generator["name"] == name]
    lines = [line for file in files for line in (FOLDER / file).read_text("utf-8").splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def by_image(program: str) -> dict[str, str]:
    """Return the environment that the image of a program brings along."""
    text = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    stage = text.split(f"FROM program AS {program}\n")[1].split("FROM ")[0]
    return dict(re.findall(r"(TICKCAST_\w+)=(\S+)", stage))


def selected(selector: dict[str, str]) -> set[str]:
    """Return the programs whose pods have the labels."""
    return {name for name in PROGRAMS if selector.items() <= pod_of(name)["metadata"]["labels"].items()}
