"""The shipped local config, served by a Ray cluster of the test on a free port."""

from __future__ import annotations

import copy
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from deployments.local import ENVIRONMENT
from sentivox.settings import AppArgs

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
FREQUENT_METRICS = {"RAY_metrics_report_interval_ms": "1000"}
"""Ray's default of ten seconds would delay tests that wait for a metric."""

Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A running cluster; its log and config are in `folder`."""

    url: str
    folder: Path

    def reconfigure(self, deployment: str, **settings: object) -> None:
        """Deploys the config again with other settings of one deployment."""
        self.deploy({deployment: settings})

    def deploy(self, changes: Mapping[str, Mapping[str, object]]) -> None:
        """Deploys the config again with other settings, as an operator does."""
        config = yaml.safe_load((self.folder / "serve.yaml").read_text())
        for deployment, settings in changes.items():
            configure(config, deployment, settings)
        changed = self.folder / "changed.yaml"
        changed.write_text(yaml.safe_dump(config))
        log = (self.folder / "serve.log").read_text()
        dashboard = re.search(r"dashboard at \S*?(http://[\d.]+:\d+)", log)
        assert dashboard
        subprocess.run(
            [Path(sys.executable).with_name("serve"), "deploy", changed, "-a", dashboard[1]],
            check=True,
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
        )


@contextmanager
def served(
    folder: Path,
    args: Mapping[str, object] | None = None,
    replicas: Mapping[str, int] | None = None,
    **settings: Mapping[str, object],
) -> Iterator[Server]:
    """The shipped local config on a free port, with other `args` for the graph, and a fixed number
    of `replicas` and other `settings` for some deployments.
    """
    config = shipped("serve_config.local.yaml")
    if args is not None:
        _shape(config["applications"][0], args)
    for deployment, count in (replicas or {}).items():
        scale(config, deployment, count)
    for deployment, changed in settings.items():
        configure(config, deployment, changed)
    with serving(folder, config) as server:
        yield server


def shipped(name: str) -> Config:
    """A Serve config of the repository."""
    found: Config = yaml.safe_load((ROOT / name).read_text())
    return found


def scale(config: Config, deployment: str, replicas: int) -> None:
    """Gives a deployment a fixed number of replicas."""
    entry = _entry(config, deployment)
    entry.pop("autoscaling_config", None)
    entry["num_replicas"] = replicas


@contextmanager
def serving(folder: Path, config: Config) -> Iterator[Server]:
    """Serves a config on a free port."""
    port = free_port()
    config["http_options"]["port"] = port
    (folder / "serve.yaml").write_text(yaml.safe_dump(config))
    url = f"http://127.0.0.1:{port}"
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deployments.local", folder / "serve.yaml"],
            cwd=ROOT,
            env=os.environ | FREQUENT_METRICS,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(url, process, log)
            yield Server(url, folder)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _shape(application: dict[str, Any], args: Mapping[str, object]) -> None:
    """Sets `args`, and copies the shipped recogniser for each of their families."""
    application["args"] = dict(args)
    entries = {entry["name"]: entry for entry in application["deployments"]}
    shipped = entries.pop("asr_multilingual")
    application["deployments"] = [
        *entries.values(),
        *(
            copy.deepcopy(shipped) | {"name": f"asr_{family}"}
            for family in AppArgs.model_validate(args).families
        ),
    ]


def configure(config: Config, deployment: str, settings: Mapping[str, object]) -> None:
    """Changes settings of a deployment."""
    entry = _entry(config, deployment)
    entry["user_config"] = {**entry["user_config"], **settings}


def _entry(config: Config, deployment: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = config["applications"][0]["deployments"]
    return next(entry for entry in entries if entry["name"] == deployment)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(f"{url}/ready", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"The server didn't get ready:\n{log.read_text()[-5000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
