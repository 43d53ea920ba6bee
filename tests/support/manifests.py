"""What the manifests of deploy/kubernetes say, found as kustomize finds them, with all components."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic_settings import BaseSettings

from tests.support.snippets import block
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.delay.settings import DelayerSettings
from tickcast.publisher.settings import PublisherSettings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
BASE = FOLDER / "kustomization.yaml"
KUSTOMIZATIONS = [BASE, *sorted(FOLDER.glob("*/kustomization.yaml"))]
OVERLAY = yaml.safe_load(block("docs/kubernetes.md", "Delayed prices", 1))
"""An overlay with the components for tokens and delayed prices, as the docs have it."""

PROGRAMS: dict[str, type[BaseSettings]] = {
    "gateway": GatewaySettings,
    "publisher": PublisherSettings,
    "delayer": DelayerSettings,
}
Manifest = dict[str, Any]


def content_of(kustomization: Path) -> Manifest:
    found: Manifest = yaml.safe_load(kustomization.read_text("utf-8"))
    return found


def files_of(kustomization: Path) -> list[str]:
    """Return the files that a kustomization lists."""
    content = content_of(kustomization)
    patches = [each["path"] for each in content.get("patches", ())]
    settings = [file for each in content.get("configMapGenerator", ()) for file in each.get("envs", ())]
    return [*content.get("resources", ()), *patches, *settings]


def resources_of(kustomization: Path) -> list[Manifest]:
    names = content_of(kustomization).get("resources", ())
    texts = [(kustomization.parent / name).read_text("utf-8") for name in names]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def patch(manifest: Manifest, operation: Manifest) -> None:
    """Change a manifest by one operation of JSON Patch (RFC 6902), of the two that our patches have."""
    *path, last = operation["path"].removeprefix("/").split("/")
    inner: Any = manifest
    for part in path:
        inner = inner[int(part) if isinstance(inner, list) else part]
    if operation["op"] == "add" and last == "-":
        inner.append(operation["value"])
    else:
        assert operation["op"] == "replace"
        assert last in inner
        inner[last] = operation["value"]


def _patched(manifests: list[Manifest]) -> list[Manifest]:
    for kustomization in KUSTOMIZATIONS:
        for each in content_of(kustomization).get("patches", ()):
            [target] = [
                manifest
                for manifest in manifests
                if each["target"] == {"kind": manifest["kind"], "name": manifest["metadata"]["name"]}
            ]
            for operation in yaml.safe_load((kustomization.parent / each["path"]).read_text("utf-8")):
                patch(target, operation)
    return manifests


MANIFESTS = _patched([manifest for file in KUSTOMIZATIONS for manifest in resources_of(file)])


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


def configured(program: str, *, components: bool = True) -> dict[str, str]:
    """Return what the ConfigMap of a program holds, with components and the overlay or without."""
    [name] = [source["configMapRef"]["name"] for source in container_of(program)["envFrom"]]
    found: dict[str, str] = {}
    for folder, content in _contents() if components else [(FOLDER, content_of(BASE))]:
        for generator in content.get("configMapGenerator", ()):
            if generator["name"] == name:
                # Without `merge` kustomize refuses the second of a name.
                assert generator.get("behavior", "create") == ("merge" if found else "create")
                found |= _generated(folder, generator)
    return found


def _contents() -> list[tuple[Path, Manifest]]:
    return [*((file.parent, content_of(file)) for file in KUSTOMIZATIONS), (FOLDER, OVERLAY)]


def _generated(folder: Path, generator: Manifest) -> dict[str, str]:
    texts = [(folder / file).read_text("utf-8") for file in generator.get("envs", ())]
    lines = [line for text in texts for line in text.splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in [*lines, *generator.get("literals", ())])


def image_of(program: str) -> str:
    """Return which stage of the Dockerfile a program runs in."""
    image: str = container_of(program)["image"]
    return image.removeprefix("tickcast-")


def by_image(program: str) -> dict[str, str]:
    """Return the environment that the image of a program brings along."""
    text = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    stage = text.split(f"FROM program AS {image_of(program)}\n")[1].split("FROM ")[0]
    return dict(re.findall(r"(TICKCAST_\w+)=(\S+)", stage))


def selected(selector: dict[str, str]) -> set[str]:
    """Return the programs whose pods have the labels."""
    return {name for name in PROGRAMS if selector.items() <= pod_of(name)["metadata"]["labels"].items()}
