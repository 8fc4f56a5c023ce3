"""The client's and the server's wheels, each installed into an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.clients.scripted_service import ANSWER, ScriptedService

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
UV = Path(sys.executable).parent / "uv"

SERVER_ONLY = ("torch", "ray", "ctranslate2", "numpy", "sentivox")

LOADED = f"""
import importlib.util, json
print(json.dumps([name for name in {SERVER_ONLY} if importlib.util.find_spec(name)]))
"""

PAGE = """
import json, re
from types import SimpleNamespace
from urllib.parse import urljoin

from starlette.testclient import TestClient

import sentivox
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app

client = TestClient(create_app(lambda: SimpleNamespace(settings=IngressSettings())))
statuses = {}
waiting = ["/", "/docs"]
while waiting:
    path = waiting.pop()
    if path in statuses:
        continue
    response = client.get(path)
    statuses[path] = response.status_code
    if path.endswith(".svg"):
        continue
    waiting += re.findall(r'"(/static/[^"]+)"', response.text)
    if path.endswith(".js"):
        imports = re.findall(r'^import .* from "([.][^"]+)"', response.text, re.M)
        waiting += [urljoin(path, name) for name in imports]
print(json.dumps([sentivox.__file__, statuses]))
"""


def run(*command: str | Path, folder: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install_wheel(project: Path, folder: Path) -> Path:
    """The bin folder of a new environment in `folder` that has only the wheel of `project`."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=project)
    (wheel,) = folder.glob("*.whl")
    run(UV, "venv", "--quiet", "--offline", "--python", sys.executable, "venv", folder=folder)
    command = (UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", "venv")
    run(*command, wheel, folder=folder)
    return folder / "venv" / "bin"


def site_packages(binaries: Path) -> Path:
    (found,) = binaries.parent.glob("lib/python*/site-packages")
    return found


def dependencies(root: Distribution, known: set[str]) -> Iterator[Distribution]:
    """Installed distributions that `root` requires without extras, directly or indirectly."""
    for line in root.requires or ():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.name not in known:
            known.add(requirement.name)
            installed = distribution(requirement.name)
            yield installed
            yield from dependencies(installed, known)


@pytest.fixture(scope="module")
def client_binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with sentivox-client and its dependencies."""
    binaries = install_wheel(ROOT / "clients" / "python", tmp_path_factory.mktemp("client"))
    (client,) = distributions(name="sentivox-client", path=[str(site_packages(binaries))])
    # Copied from this environment, so that the test needs no package index.
    for installed in dependencies(client, set()):
        for file in installed.files or ():
            if ".." in file.parts:
                continue
            copy = site_packages(binaries) / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), copy)
    return binaries


def test_the_client_needs_nothing_of_the_server(client_binaries: Path, tmp_path: Path) -> None:
    loaded = run(client_binaries / "python", "-c", LOADED, folder=tmp_path)
    assert json.loads(loaded) == []


def test_the_command_transcribes_without_the_server_installed(
    client_binaries: Path, service: ScriptedService, tmp_path: Path
) -> None:
    (tmp_path / "talk.wav").write_bytes(b"RIFF")
    command = (client_binaries / "sentivox", "transcribe", "talk.wav", "--url", service.url)
    assert run(*command, folder=tmp_path) == f"{ANSWER['text']}\n"


def test_an_installed_server_has_its_page(tmp_path: Path) -> None:
    binaries = install_wheel(ROOT, tmp_path)
    # The other packages of this environment, without its editable installations.
    (site_packages(binaries) / "others.pth").write_text(f"{SITE_PACKAGES}\n")
    (tmp_path / "empty").mkdir()
    answer = run(binaries / "python", "-c", PAGE, folder=tmp_path / "empty")
    package, statuses = json.loads(answer)
    assert Path(package).is_relative_to(tmp_path)
    assert len(statuses) > 40
    assert {path for path, status in statuses.items() if status != 200} == set()


def test_the_servers_wheel_has_no_client(tmp_path: Path) -> None:
    binaries = install_wheel(ROOT, tmp_path)
    installed = {path.name for path in site_packages(binaries).iterdir()}
    assert {"sentivox", "deployments"} <= installed
    assert {"sentivox_client", "clients", "web"}.isdisjoint(installed)
    assert not (binaries / "sentivox").exists()
