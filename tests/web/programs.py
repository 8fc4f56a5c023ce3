"""Programs of other languages that use the API. Without one the test is skipped, or fails in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

SECONDS = 120
NO_PROXY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def curl(*arguments: str) -> str:
    """What curl prints; it needs HTTP/2."""
    program = found("curl", "install curl")
    if "HTTP2" not in run(program, "--version"):
        missing("This curl has no HTTP/2: install one that has.")
    return run(program, "--silent", "--show-error", "--fail", *arguments)


def java(source: Path, *arguments: str) -> str:
    """What a Java program of a single file prints."""
    program = found("java", "install default-jre-headless")
    if "jdk.compiler" not in run(program, "--list-modules"):
        missing("This Java can't run a source file: install one that has the module jdk.compiler.")
    return run(program, str(source), *arguments)


def node(script: Path, folder: Path, *arguments: str) -> str:
    """What a Node.js script prints.

    The packages that the package.json beside it names are installed in `folder`.
    """
    program, npm = found("node", "install nodejs"), found("npm", "install npm")
    for file in (script, *script.parent.glob("package*.json")):
        shutil.copy(file, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if installed.returncode:
        missing(f"npm can't install the packages of {script.name}: {installed.stderr[-500:]}")
    return run(program, str(folder / script.name), *arguments)


def found(name: str, advice: str) -> str:
    """Path of a program."""
    return shutil.which(name) or missing(f"No {name}: {advice}.")


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI, where every program is installed."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run(program: str, *arguments: str) -> str:
    """What a program prints. Fails the test with its errors if it doesn't succeed."""
    done = subprocess.run(
        [program, *arguments],
        env=os.environ | NO_PROXY,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout
