"""The Kubernetes manifests: made from the Serve config, buildable, and locked down."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from deployments.autoscaling import BacklogPolicy
from k8s.render import CPU, ROOT, SERVE_CONFIG, main, on_cores
from sentivox.settings import LanguageIdSettings, RecognitionSettings

KUSTOMIZATIONS = ["base", "overlays/cpu", "overlays/monitoring"]
BYTES = {"Gi": 1024**3, "Mi": 1024**2}

Manifest = dict[str, Any]


def build(folder: str) -> list[Manifest]:
    """What kustomize makes of a folder; a skip where neither program is installed."""
    for program in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(program[0]):
            done = subprocess.run(
                [*program, str(ROOT / "k8s" / folder)], capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return list(yaml.safe_load_all(done.stdout))
    reason = "neither kustomize nor kubectl is installed"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def of_kind(manifests: list[Manifest], kind: str) -> Manifest:
    (found,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def committed() -> Manifest:
    manifest: Manifest = yaml.safe_load(
        (ROOT / "k8s" / "base" / "rayservice.yaml").read_text("utf-8")
    )
    return manifest


def cluster(manifest: Manifest) -> Manifest:
    found: Manifest = manifest["spec"]["rayClusterConfig"]
    return found


def pods(manifest: Manifest) -> list[Manifest]:
    """The pod specifications of head and workers."""
    head, workers = cluster(manifest)["headGroupSpec"], cluster(manifest)["workerGroupSpecs"]
    return [group["template"]["spec"] for group in (head, *workers)]


def deployments(config: Manifest) -> list[Manifest]:
    return [each for application in config["applications"] for each in application["deployments"]]


def test_what_is_committed_is_what_the_config_renders_to() -> None:
    assert main(["--check"]) == 0


def test_the_manifest_holds_the_serve_config() -> None:
    held = yaml.safe_load(committed()["spec"]["serveConfigV2"])
    assert held == yaml.safe_load(SERVE_CONFIG.read_text("utf-8"))
    assert "&" not in committed()["spec"]["serveConfigV2"]


# The field is on its way to environment variables, and works until it is gone.
@pytest.mark.filterwarnings("ignore:The `metrics_interval_s` field:DeprecationWarning")
def test_the_config_for_cores_asks_for_no_gpu() -> None:
    config = on_cores(yaml.safe_load(SERVE_CONFIG.read_text("utf-8")))
    ServeDeploySchema.model_validate(config)
    for deployment in deployments(config):
        assert "num_gpus" not in deployment["ray_actor_options"]
        settings = deployment["user_config"]
        assert settings.get("device", "cpu") == "cpu"
        assert settings.get("model", "embedded:").startswith("embedded:")
        if deployment["name"] == "language_id":
            LanguageIdSettings.model_validate(settings)
        if deployment["name"].startswith("asr_"):
            assert RecognitionSettings.model_validate(settings).translates


def test_every_autoscaling_policy_takes_its_arguments() -> None:
    config = yaml.safe_load(SERVE_CONFIG.read_text("utf-8"))
    for each in deployments(config) + deployments(on_cores(config)):
        policy = each.get("autoscaling_config", {}).get("policy")
        if policy:
            assert policy["policy_function"] == "deployments.autoscaling:BacklogPolicy"
            BacklogPolicy(**policy["policy_kwargs"])


@pytest.mark.parametrize("folder", KUSTOMIZATIONS)
def test_kustomize_builds(folder: str) -> None:
    manifests = build(folder)
    assert {manifest["kind"] for manifest in manifests} >= {
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "RayService",
        "ServiceAccount",
    }
    placed = [manifest for manifest in manifests if manifest["kind"] != "Namespace"]
    assert {manifest["metadata"]["namespace"] for manifest in placed} == {"sentivox"}


def test_the_overlay_for_cores_has_no_gpu_workers_and_its_own_config() -> None:
    service = of_kind(build("overlays/cpu"), "RayService")
    assert [group["groupName"] for group in cluster(service)["workerGroupSpecs"]] == ["cpu"]
    patch = yaml.safe_load(CPU.read_text("utf-8"))
    assert service["spec"]["serveConfigV2"] == patch["spec"]["serveConfigV2"]
    assert "nvidia.com/gpu" not in yaml.safe_dump(service)


def test_every_container_is_locked_down() -> None:
    containers = [container for pod in pods(committed()) for container in pod["containers"]]
    autoscaler = cluster(committed())["autoscalerOptions"]
    for container in [*containers, autoscaler]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["limits"]) >= {"cpu", "memory"}
    for pod in pods(committed()):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_only_the_autoscaler_sees_a_token_for_the_kubernetes_api() -> None:
    for pod in pods(committed()):
        for container in pod["containers"]:
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert "autoscaler-token" not in mounted


def test_what_is_written_has_a_place_to_be_written_to() -> None:
    for pod in pods(committed()):
        empty = {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
        (container,) = pod["containers"]
        places = {
            mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] in empty
        }
        assert places == {"/tmp", "/cache", "/dev/shm"}  # noqa: S108


def test_ray_asks_for_its_token() -> None:
    assert cluster(committed())["authOptions"] == {"mode": "token"}


def test_only_the_service_is_reachable_from_anywhere() -> None:
    policy = of_kind(build("base"), "NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    open_to_all = [rule for rule in policy["ingress"] if "from" not in rule]
    assert [rule["ports"] for rule in open_to_all] == [[{"port": 8000, "protocol": "TCP"}]]
    for pod in (
        cluster(committed())["headGroupSpec"],
        *cluster(committed())["workerGroupSpecs"],
    ):
        labels = pod["template"]["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("folder", ["base", "overlays/cpu"])
def test_the_first_workers_have_room_for_the_first_replicas(folder: str) -> None:
    service = of_kind(build(folder), "RayService")
    room = {"num_cpus": 0.0, "num_gpus": 0.0, "memory": 0.0}
    largest = dict(room)
    for group in cluster(service)["workerGroupSpecs"]:
        (container,) = group["template"]["spec"]["containers"]
        has = _resources(container["resources"]["limits"])
        for name in room:
            room[name] += group["minReplicas"] * has[name]
            largest[name] = max(largest[name], has[name])
    needed = dict.fromkeys(room, 0.0)
    for deployment in deployments(yaml.safe_load(service["spec"]["serveConfigV2"])):
        for name in room:
            asked = deployment["ray_actor_options"].get(name, 0)
            assert asked <= largest[name], deployment["name"]
            needed[name] += asked * deployment["autoscaling_config"]["min_replicas"]
    assert all(needed[name] <= room[name] for name in room), (needed, room)


def _resources(limits: Manifest) -> dict[str, float]:
    memory = limits["memory"]
    return {
        "num_cpus": float(limits["cpu"]),
        "num_gpus": float(limits.get("nvidia.com/gpu", 0)),
        "memory": float(memory[:-2]) * BYTES[memory[-2:]],
    }
