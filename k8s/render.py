"""Put the Serve config into the Kubernetes manifests: `make k8s`.

    python -m k8s.render [--check]

Anchors are written out, since not every YAML reader on the way agrees about them. For clusters
without a GPU the same graph has the models and settings of the local config.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sentivox.languages import family_of

ROOT = Path(__file__).resolve().parent.parent
SERVE_CONFIG = ROOT / "serve_config.yaml"
LOCAL_CONFIG = ROOT / "serve_config.local.yaml"
TEMPLATE = ROOT / "k8s" / "rayservice.template.yaml"
BASE = ROOT / "k8s" / "base" / "rayservice.yaml"
CPU = ROOT / "k8s" / "overlays" / "cpu" / "serve-config.yaml"

Config = dict[str, Any]

CPU_CORES = 4
"""Cores of a model without a GPU: half a worker's."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Render the Kubernetes manifests.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a file is out of date"
    )
    check: bool = parser.parse_args(argv).check
    stale = {path: text for path, text in rendered().items() if not _holds(path, text)}
    for path, text in stale.items():
        if check:
            print(f"{path.relative_to(ROOT)} is out of date: run make k8s.", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"Wrote {path.relative_to(ROOT)}.")
    return 1 if check and stale else 0


def rendered() -> dict[Path, str]:
    """Every file made by this script, with what belongs into it."""
    config, manifest = _read(SERVE_CONFIG), _read(TEMPLATE)
    manifest["spec"]["serveConfigV2"] = _dump(config)
    patch = {key: manifest[key] for key in ("apiVersion", "kind", "metadata")}
    patch["spec"] = {"serveConfigV2": _dump(on_cores(config))}
    return {BASE: _MADE + _dump(manifest), CPU: _MADE + _dump(patch)}


def on_cores(config: Config) -> Config:
    """The config with the work of GPUs on cores, as the local config has it."""
    config = json.loads(json.dumps(config))  # what anchors share is copied for each
    local = {each["name"]: each["user_config"] for each in _deployments(_read(LOCAL_CONFIG))}
    for deployment in _deployments(config):
        resources = deployment.get("ray_actor_options", {})
        if resources.pop("num_gpus", None) is None:
            continue
        resources["num_cpus"] = CPU_CORES
        name = deployment["name"]
        settings = dict(local["language_id" if name == "language_id" else "asr_multilingual"])
        if models := settings.pop("language_models", {}):
            own = {code: model for code, model in models.items() if _recogniser(code) == name}
            settings |= {"language_models": own} if own else {}
        deployment["user_config"] = settings | {"workers": CPU_CORES}
        policy = deployment["autoscaling_config"]["policy"]
        policy["policy_kwargs"] = {"seconds_per_replica": settings["max_batch_seconds"]}
    return config


def _recogniser(code: str) -> str:
    return f"asr_{family_of(code)}"


def _deployments(config: Config) -> list[Config]:
    return [each for application in config["applications"] for each in application["deployments"]]


def _read(path: Path) -> Config:
    config: Config = yaml.safe_load(path.read_text("utf-8"))
    return config


_MADE = (
    "# Made by `make k8s` from serve_config.yaml and k8s/rayservice.template.yaml. Don't edit.\n"
)


class _Dumper(yaml.SafeDumper):
    """Without anchors, and with text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _dump(content: Config) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
