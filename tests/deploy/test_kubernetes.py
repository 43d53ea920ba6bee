"""The manifests for Kubernetes fit its schemas, each other, and the programs."""

import re

import httpx2
import kubernetes_validate
import pytest

from tests.support.manifests import (
    BASE,
    MANIFESTS,
    PROGRAMS,
    ROOT,
    Manifest,
    by_image,
    configured,
    container_of,
    content_of,
    image_of,
    pod_of,
    ports_of,
    selected,
    the,
)
from tests.support.programs import running_gateway
from tickcast.gateway.http.pages import DEBUG_PAGE, Page
from tickcast.gateway.settings import GatewaySettings

VERSIONS = ("1.30", "1.37")
"""The oldest that docs/kubernetes.md names, and the newest there are schemas of."""

DOC = (ROOT / "docs/kubernetes.md").read_text("utf-8")
OPERATOR = "monitoring.coreos.com/v1"
"""Of the Prometheus operator; Kubernetes has no schema of it."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "manifest",
    [each for each in MANIFESTS if each["apiVersion"] != OPERATOR],
    ids=lambda each: f"{each['kind']}-{each['metadata']['name']}",
)
def test_a_manifest_fits_the_schema(manifest: Manifest, version: str) -> None:
    assert kubernetes_validate.validate(manifest, version, strict=True) == version


def test_a_misspelt_field_would_be_found() -> None:
    wrong = the("PodDisruptionBudget", "gateway") | {"spec": {"maxUnavailible": 1}}
    with pytest.raises(kubernetes_validate.ValidationError, match="maxUnavailible"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_the_images_are_those_of_the_dockerfile() -> None:
    images = content_of(BASE)["images"]
    used = {container_of(program)["image"] for program in PROGRAMS}
    assert used == {image["name"] for image in images}
    assert {image_of(program) for program in PROGRAMS} == {"gateway", "publisher"}
    version = re.search(r"^ARG VERSION=(\S+)$", (ROOT / "deploy/Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert {image["newTag"] for image in images} == {version[1]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_setting_is_one_and_has_a_value_that_is_allowed(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = by_image(program) | configured(program)
    given = {entry["name"] for entry in container_of(program)["env"]}
    assert given & values.keys() == set()
    fields = PROGRAMS[program].model_fields
    assert (given | values.keys()) - {f"TICKCAST_{name.upper()}" for name in fields} == set()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    PROGRAMS[program]()


@pytest.mark.parametrize("program", PROGRAMS)
def test_redis_comes_from_a_secret_that_is_not_among_the_files(program: str) -> None:
    env = {entry["name"]: entry for entry in container_of(program)["env"]}
    address = env["TICKCAST_REDIS_URL"]["valueFrom"]["secretKeyRef"]
    [volume] = [each for each in pod_of(program)["spec"]["volumes"] if each["name"] == "redis"]
    [mount] = [each for each in container_of(program)["volumeMounts"] if each["name"] == "redis"]
    assert volume["secret"]["secretName"] == address["name"]
    items = {item["path"]: item for item in volume["secret"]["items"]}
    read = {"redis_password": "TICKCAST_REDIS_PASSWORD_FILE"}
    if program == "gateway":
        read["cluster_key"] = "TICKCAST_CLUSTER_KEY_FILE"
    assert items.keys() == read.keys()
    assert not [each for each in MANIFESTS if each["kind"] == "Secret"]
    made = DOC.split(f"create secret generic {address['name']} ")[1].split("kubectl")[0]
    # A delayer is a publisher to Redis.
    user = image_of(program)
    assert f"--from-literal={address['key']}=redis://{user}@" in made
    for path, item in items.items():
        assert env[read[path]]["value"] == f"{mount['mountPath']}/{path}"
        assert f"--from-file={item['key']}=deploy/secrets/{user}/{path}" in made


def test_both_programs_are_told_the_same_partitions() -> None:
    assert configured("gateway")["TICKCAST_PARTITIONS"] == configured("publisher")["TICKCAST_PARTITIONS"]


def test_a_gateway_has_time_to_drain_before_it_is_killed() -> None:
    spec, container = pod_of("gateway")["spec"], container_of("gateway")
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = float(configured("gateway")["TICKCAST_DRAIN"])
    # After the drain uvicorn waits 2 s for requests; the rest is for a machine that is slow.
    assert spec["terminationGracePeriodSeconds"] >= before + drain + 10
    # Or AWS's balancer cuts the streams that the drain would have closed in order.
    [delay] = re.findall(r"deregistration_delay\.timeout_seconds=(\d+)", DOC)
    assert int(delay) >= before + drain


def test_a_rollout_never_has_fewer_gateways_than_there_should_be() -> None:
    spec = the("Deployment", "gateway")["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert "replicas" not in spec


@pytest.mark.parametrize("program", ["publisher", "delayer"])
def test_a_program_that_writes_a_feed_has_a_standby(program: str) -> None:
    spec = the("Deployment", program)["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_pod_is_confined(program: str) -> None:
    spec, inner = pod_of(program)["spec"], container_of(program)["securityContext"]
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "deploy/Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert user is not None
    outer = spec["securityContext"]
    assert (outer["runAsUser"], outer["runAsGroup"]) == (int(user[1]), int(user[2]))
    assert outer["runAsNonRoot"] is True
    assert outer["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inner == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    # They would be TICKCAST_…, if a Service is called so.
    assert spec["enableServiceLinks"] is False
    assert container_of(program)["resources"]["limits"]["memory"]


def test_the_ports_are_those_that_the_programs_listen_on() -> None:
    image = by_image("gateway")
    listens = {"http": int(image["TICKCAST_PORT"]), "private": int(image["TICKCAST_PRIVATE_PORT"])}
    assert ports_of("gateway") == listens
    assert image["TICKCAST_PRIVATE_HOST"] == "0.0.0.0"
    for program in ("publisher", "delayer"):
        assert ports_of(program) == {"metrics": int(by_image(program)["TICKCAST_METRICS_PORT"])}


@pytest.mark.parametrize("program", PROGRAMS)
def test_probes_and_scrapes_go_to_a_port_of_the_pod(program: str) -> None:
    container, annotations = container_of(program), pod_of(program)["metadata"]["annotations"]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports_of(program)
    # A gateway's public port has no metrics.
    [port] = ports_of(program).keys() - {"http"}
    assert int(annotations["prometheus.io/port"]) == ports_of(program)[port]
    [endpoint] = the("PodMonitor", program)["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == port
    assert endpoint["path"] == annotations["prometheus.io/path"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_selects_pods_selects_those_it_is_named_after(program: str) -> None:
    spec = the("Deployment", program)["spec"]
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    selectors = [spec["selector"], *(each["labelSelector"] for each in spread)]
    selectors += [the(kind, program)["spec"]["selector"] for kind in ("PodDisruptionBudget", "PodMonitor")]
    selectors.append(the("NetworkPolicy", program)["spec"]["podSelector"])
    assert [selected(selector["matchLabels"]) for selector in selectors] == [{program}] * len(selectors)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_network_lets_in_what_a_pod_serves(program: str) -> None:
    let_in = {}
    for rule in the("NetworkPolicy", program)["spec"]["ingress"]:
        [[source], [port]] = rule["from"], rule["ports"]
        [let_in[port["port"]]] = source["namespaceSelector"]["matchLabels"]
    wanted = {"http": "tickcast-access", "private": "tickcast-metrics", "metrics": "tickcast-metrics"}
    assert let_in == {port: wanted[port] for port in ports_of(program)}
    # All are cut off from everything else by the policy that selects all.
    everybody = the("NetworkPolicy", "tickcast")["spec"]
    assert selected(everybody["podSelector"]["matchLabels"]) == PROGRAMS.keys()
    assert everybody["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everybody


def test_the_service_and_the_ingress_reach_the_gateways() -> None:
    service = the("Service", "gateway")["spec"]
    assert selected(service["selector"]) == {"gateway"}
    [port] = service["ports"]
    assert port["targetPort"] in ports_of("gateway")
    [rule] = the("Ingress", "tickcast")["spec"]["rules"]
    for path in rule["http"]["paths"]:
        assert path["backend"] == {"service": {"name": "gateway", "port": {"name": port["name"]}}}


def test_the_ingress_passes_on_the_api_and_the_page_and_nothing_else() -> None:
    [rule] = the("Ingress", "tickcast")["spec"]["rules"]
    paths = {path["path"]: path["pathType"] for path in rule["http"]["paths"]}
    page = {"/": "Exact", "/vendor": "Prefix"}
    for path in set(Page().paths) - {"/index.html"}:
        if path.startswith(DEBUG_PAGE):
            continue
        first, deeper = re.fullmatch(r"(/[^/]+)(/.+)?", path).groups()
        page[first] = "Prefix" if deeper else "Exact"
    exact = ("/v1/stream", "/v1/snapshot", "/v1/symbols", "/openapi.json", "/asyncapi.json")
    api = dict.fromkeys(exact, "Exact") | {"/v1/streams": "Prefix", "/v1/bars": "Prefix"}
    assert paths == api | page


def test_the_ingress_waits_longer_than_a_gateway_is_ever_silent() -> None:
    annotations = the("Ingress", "tickcast")["metadata"]["annotations"]
    heartbeat = int(configured("gateway").get("TICKCAST_HEARTBEAT", GatewaySettings().heartbeat)) / 1000
    assert int(annotations["nginx.org/proxy-read-timeout"].removesuffix("s")) > heartbeat
    assert annotations["nginx.org/proxy-buffering"] == "False"


def test_the_ingress_has_the_limits_of_nginx_in_compose() -> None:
    annotations = the("Ingress", "tickcast")["metadata"]["annotations"]
    limits, gateways, routes = (
        (ROOT / f"deploy/nginx/{name}.conf").read_text("utf-8") for name in ("limits", "gateways", "routes")
    )
    # One zone for all: as large as that of the page's files, which is the largest.
    assert f"zone=files:10m rate={annotations['nginx.org/limit-req-rate']};" in limits
    assert f"zone=files burst={annotations['nginx.org/limit-req-burst']} nodelay;" in limits
    assert f"limit_req_status {annotations['nginx.org/limit-req-reject-code']};" in limits
    assert annotations["nginx.org/limit-req-no-delay"] == "true"
    size = annotations["nginx.org/proxy-max-temp-file-size"]
    assert (size, f"proxy_max_temp_file_size {size};" in gateways) == ("0", True)
    assert f"client_max_body_size {annotations['nginx.org/client-max-body-size']};" in routes


def test_the_ingress_asks_the_next_gateway_when_one_answers_503() -> None:
    annotations = the("Ingress", "tickcast")["metadata"]["annotations"]
    # As Compose: a long list comes by POST, which nginx would not pass on otherwise.
    routes = (ROOT / "deploy/nginx/routes.conf").read_text("utf-8")
    asks_again = annotations["nginx.org/proxy-next-upstream"]
    assert "non_idempotent" in asks_again.split()
    assert routes.count(f"proxy_next_upstream {asks_again};") == 2  # streams, and changes of them
    # The header that makes a gateway which is cut off from Redis say so with 503.
    name, value = annotations["nginx.org/proxy-set-headers"].split(": ")
    compose = (ROOT / "deploy/nginx/gateways.conf").read_text("utf-8")
    assert f"proxy_set_header {name} {value};" in compose


def test_gateways_are_added_at_once_and_removed_slowly() -> None:
    spec = the("HorizontalPodAutoscaler", "gateway")["spec"]
    target = the("Deployment", spec["scaleTargetRef"]["name"])
    assert spec["scaleTargetRef"]["apiVersion"] == target["apiVersion"]
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0
    down = spec["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 300
    assert [(policy["type"], policy["value"]) for policy in down["policies"]] == [("Pods", 1)]


def test_the_autoscaler_aims_below_what_a_gateway_refuses() -> None:
    spec = the("HorizontalPodAutoscaler", "gateway")["spec"]
    [aim] = [metric["pods"]["target"] for metric in spec["metrics"] if metric["type"] == "Pods"]
    # With one of the fewest gateways gone, the others must have room for its clients.
    least = spec["minReplicas"]
    most = int(configured("gateway")["TICKCAST_MAX_CONNECTIONS"])
    assert int(aim["averageValue"]) * least / (least - 1) < most


async def test_a_gateway_answers_the_probes_and_exports_what_the_autoscaler_asks_for(valkey_url: str) -> None:
    container = container_of("gateway")
    async with (
        running_gateway(valkey_url) as gateway,
        httpx2.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        for probe in ("livenessProbe", "readinessProbe"):
            answer = await client.get(gateway.url + container[probe]["httpGet"]["path"])
            assert answer.status_code in (200, 503)
        path = pod_of("gateway")["metadata"]["annotations"]["prometheus.io/path"]
        exported = re.findall(r"^(\w+)", (await client.get(gateway.url + path)).text, re.MULTILINE)
    metrics = the("HorizontalPodAutoscaler", "gateway")["spec"]["metrics"]
    asked = {metric["pods"]["metric"]["name"] for metric in metrics if metric["type"] == "Pods"}
    assert asked == {"tickcast_gateway_clients"}
    assert asked <= set(exported)
