"""What deploy/ has for servers: units of systemd, proxies, and manifests of Kubernetes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import config
import jsonschema
import kubernetes_validate
import pytest
import yaml
from container import entrypoint
from ray.scripts.scripts import start
from tests import docs
from tests.configured import configured

from artstyle.bot import program as bot
from artstyle.lab import program as lab
from artstyle.lab.uploads import BODY_PICTURES

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PAGE = docs.PAGES["docs/OPERATING.md"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").rglob("*.yaml"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OLDEST, NEWEST = "1.29", "1.37"  # of Kubernetes; sidecars came with the first


def unit(path: Path) -> dict[str, list[str]]:
    """The options of a unit's service, each with all its values."""
    section: dict[str, list[str]] = {}
    text = path.read_text().partition("[Service]\n")[2].partition("\n[")[0]
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return section


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MANIFESTS:
        for each in yaml.safe_load_all(path.read_text()):
            yield f"{path.relative_to(DEPLOY / 'kubernetes')} {each['kind']}", each


KUBERNETES = dict(documents())
CLUSTER = KUBERNETES["cluster/ray.yaml RayCluster"]
HEAD = f"{CLUSTER['metadata']['name']}-head-svc:6379"  # as KubeRay names it
PROBED = 6380  # Ray's node manager


def pods() -> dict[str, dict[str, Any]]:
    """The specs of all pods in the manifests."""
    found = {}
    for name, each in KUBERNETES.items():
        match each["kind"]:
            case "Deployment":
                found[name] = each["spec"]["template"]["spec"]
            case "RayCluster":
                groups = [each["spec"]["headGroupSpec"], *each["spec"]["workerGroupSpecs"]]
                for number, group in enumerate(groups):
                    found[f"{name} {number}"] = group["template"]["spec"]
    return found


def containers() -> list[dict[str, Any]]:
    return [each for pod in pods().values() for each in containers_of(pod)]


def containers_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


# ---- systemd ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_its_program_with_options_that_it_has(path: Path) -> None:
    (command,) = unit(path)["ExecStart"]
    python, script, *words = shlex.split(command)
    assert python == "/opt/artstyle/.venv/bin/python" and (ROOT / script).is_file()
    program = bot if script == "tlbot.py" else lab
    assert program.parser(configured(), script).parse_args(words).data == Path("${STATE_DIRECTORY}")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_can_only_write_its_own_folders_and_gain_no_rights(path: Path) -> None:
    has = {name: values[-1] for name, values in unit(path).items()}
    assert has["User"] == "artstyle" and has["UMask"] == "0077"
    assert has["ProtectSystem"] == "strict" and has["NoNewPrivileges"] == "yes"
    assert has["CapabilityBoundingSet"] == "" and has["ProtectHome"] == "yes"
    assert has["StateDirectoryMode"] == "0700" and "ReadWritePaths" not in has
    assert "MemoryDenyWriteExecute" not in has  # torch couldn't compute


def test_units_have_the_limits_of_compose() -> None:
    common = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-common"]
    for path in UNITS:
        has = {name: values[-1] for name, values in unit(path).items()}
        assert has["MemoryMax"].lower() in common["mem_limit"]
        assert int(has["TasksMax"]) == common["pids_limit"]
        assert int(has["LimitNOFILE"]) == common["ulimits"]["nofile"]


def test_the_units_differ_in_what_they_start_only() -> None:
    one, other = (unit(path) for path in UNITS)
    differ = {name for name in one if one[name] != other[name]}
    assert one.keys() == other.keys()
    assert differ == {
        *("ExecStart", "EnvironmentFile", "StateDirectory", "CacheDirectory", "Environment")
    }


# ---- proxies ----------------------------------------------------------------------------


def test_proxies_pass_two_pictures_to_the_labs_port() -> None:
    for name in ("nginx.conf", "Caddyfile"):
        text = (DEPLOY / name).read_text()
        (megabytes,) = re.findall(r"(?:client_max_body_size|max_size) (\d+)", text)
        assert int(megabytes) * 1_000_000 > 2 * config.UPLOAD_BYTES
        assert f"127.0.0.1:{config.PORT}" in text and config.HOST == "127.0.0.1"
        assert "art.example.org" in text and "AST_URL=https://art.example.org" in PAGE


# ---- Kubernetes -------------------------------------------------------------------------

STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
COUNT = {"type": "integer", "minimum": 0}
WORKERS = {
    "type": "object",
    "required": ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
    "additionalProperties": False,
    "properties": {
        "groupName": {"type": "string"},
        **dict.fromkeys(("replicas", "minReplicas", "maxReplicas", "numOfHosts"), COUNT),
        "idleTimeoutSeconds": COUNT,
        "suspend": {"type": "boolean"},
        "rayStartParams": STRINGS,
        "template": {"type": "object", "required": ["spec"]},
        "scaleStrategy": {"type": "object"},
    },
}
# The fields of ray.io/v1 that KubeRay 1.1 to 1.7 have in common, by its API reference.
RAY_CLUSTER = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayCluster"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "required": ["headGroupSpec"],
            "additionalProperties": False,
            "properties": {
                "rayVersion": {"type": "string"},
                "suspend": {"type": "boolean"},
                "enableInTreeAutoscaling": {"type": "boolean"},
                "autoscalerOptions": {"type": "object"},
                "headServiceAnnotations": STRINGS,
                "gcsFaultToleranceOptions": {"type": "object"},
                "headGroupSpec": {
                    "type": "object",
                    "required": ["rayStartParams", "template"],
                    "additionalProperties": False,
                    "properties": {
                        "serviceType": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
                        "enableIngress": {"type": "boolean"},
                        "headService": {"type": "object"},
                        "rayStartParams": STRINGS,
                        "template": {"type": "object", "required": ["spec"]},
                    },
                },
                "workerGroupSpecs": {"type": "array", "items": WORKERS},
            },
        },
    },
}
# The fields of keda.sh/v1alpha1 that are used here, by KEDA's reference.
SCALED_OBJECT = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "keda.sh/v1alpha1"},
        "spec": {
            "type": "object",
            "required": ["scaleTargetRef", "triggers"],
            "additionalProperties": False,
            "properties": {
                "scaleTargetRef": {"type": "object", "required": ["name"]},
                **dict.fromkeys(("minReplicaCount", "maxReplicaCount", "cooldownPeriod"), COUNT),
                "pollingInterval": COUNT,
                "advanced": {"type": "object"},
                "triggers": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "metadata"],
                        "properties": {"metadata": STRINGS},
                    },
                },
            },
        },
    },
}
OWN_SCHEMAS = {"RayCluster": RAY_CLUSTER, "ScaledObject": SCALED_OBJECT}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", KUBERNETES)
def test_manifests_have_the_fields_of_their_schemas(name: str, version: str) -> None:
    each = KUBERNETES[name]
    if schema := OWN_SCHEMAS.get(each["kind"]):
        jsonschema.validate(each, schema)
    else:
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", pods())
def test_all_pods_have_the_fields_of_their_schema(name: str, version: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": pods()[name]}
    kubernetes_validate.validate(pod, version, strict=True)


def test_a_wrong_field_is_found() -> None:
    wrong = yaml.safe_load((DEPLOY / "kubernetes/lab.yaml").read_text())
    wrong["spec"]["template"]["spec"]["containers"][0]["port"] = []
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


@pytest.mark.parametrize("name", pods())
def test_pods_run_as_the_images_user_without_rights(name: str) -> None:
    pod = pods()[name]
    (user,) = re.findall(r"^USER (\d+):", DOCKERFILE, re.MULTILINE)
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    for each in containers_of(pod):
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert each["securityContext"]["allowPrivilegeEscalation"] is False
        assert each["image"] == "ast:latest" and "memory" in each["resources"]["limits"]
        mounted = {mount["name"] for mount in each["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in pod["volumes"]}


def test_the_lab_serves_its_port_from_the_images_data_folder() -> None:
    (folder,) = re.findall(r"^ENV AST_DATA=(\S+)$", DOCKERFILE, re.MULTILINE)
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    labs = [each for each in containers() if each["name"] == "lab"]
    assert len(labs) == 2
    for each in labs:
        (served,) = each["ports"]
        assert served["containerPort"] == int(port) == config.PORT
        assert {"name": "data", "mountPath": folder} in each["volumeMounts"]
        assert each["args"][0] in entrypoint.COMMANDS
    service = KUBERNETES["data.yaml Service"]["spec"]
    assert service["ports"][0]["targetPort"] == served["name"]
    for name in ("lab.yaml Deployment", "cluster/lab.yaml Deployment"):
        labels = KUBERNETES[name]["spec"]["template"]["metadata"]["labels"]
        assert service["selector"].items() <= labels.items()


def test_the_two_labs_differ_in_the_cluster_only() -> None:
    alone, among = pods()["lab.yaml Deployment"], pods()["cluster/lab.yaml Deployment"]
    assert among.keys() - alone.keys() == {"initContainers", "shareProcessNamespace"}
    assert differing(alone, among) == {"containers", "volumes"}
    (one,), (other,) = alone["containers"], among["containers"]
    assert differing(one, other) == {"env", "resources", "volumeMounts"}
    assert one.keys() == other.keys()


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in one if one[name] != other[name]}


def test_the_lab_finds_the_clusters_head_by_the_name_that_kuberay_gives_it() -> None:
    (lab_container,) = pods()["cluster/lab.yaml Deployment"]["containers"]
    env = {each["name"]: each.get("value") for each in lab_container["env"]}
    assert env["AST_ENGINE"] == f"ray://{HEAD}"
    assert [each["args"][0] for each in started()] == [f"--address={HEAD}"] * 2


def test_all_machines_have_the_images_ray_and_one_token() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text()
    assert f"\nray=={CLUSTER['spec']['rayVersion']} " in lock
    pods_of_cluster = [pod for name, pod in pods().items() if name.startswith("cluster/")]
    machines = [each for pod in pods_of_cluster for each in containers_of(pod)]
    assert len(machines) == 5
    for each in machines:
        env = {variable["name"]: variable for variable in each["env"]}
        assert env["RAY_AUTH_MODE"]["value"] == "token"
        wanted = {"name": "artstyle-ray", "key": "auth_token"}
        assert env["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"] == wanted
    assert "secret generic artstyle-ray --from-literal=auth_token=" in PAGE


def test_ray_understands_how_it_is_started() -> None:
    for each in started():
        context = start.make_context("ray start", [*each["command"][2:], *each["args"]])
        assert context.params["block"] and context.params["node_manager_port"] == PROBED
    spec = CLUSTER["spec"]
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        params = group["rayStartParams"].items()
        words = [f"--{key}" if value == "true" else f"--{key}={value}" for key, value in params]
        assert start.make_context("ray start", words).params["node_manager_port"] == PROBED


def started() -> list[dict[str, Any]]:
    """The containers that start Ray themselves; KubeRay does it in the others."""
    return [each for each in containers() if each.get("command", [""])[0] == "ray"]


def test_probes_ask_ports_that_are_served() -> None:
    for each in containers():
        served = {port["containerPort"] for port in each.get("ports", [])} | {PROBED}
        served |= {port["name"] for port in each.get("ports", [])}
        probes = [value for name, value in each.items() if name.endswith("Probe")]
        assert probes
        for probe in probes:
            assert (probe.get("tcpSocket") or probe["httpGet"])["port"] in served


@pytest.mark.parametrize(
    ("name", "limit"),
    [("nginx.conf", r"client_max_body_size (\d+)m;"), ("Caddyfile", r"max_size (\d+)MB")],
)
def test_a_proxy_lets_the_largest_form_through(name: str, limit: str) -> None:
    (megabytes,) = re.findall(limit, (DEPLOY / name).read_text())
    assert int(megabytes) * 1_000_000 > BODY_PICTURES * config.UPLOAD_BYTES
