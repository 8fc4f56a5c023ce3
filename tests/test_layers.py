"""The house holds: imports go down only, and Ray stays out of the core."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = [
    {"sentivox.types", "sentivox.errors"},
    {"sentivox.languages"},
    {
        "sentivox.settings",
        "sentivox.route_table",
        "sentivox.transcript.sentences",
        "sentivox.transcript.appended_text",
        "sentivox.transcript.known_words",
        "sentivox.transcript.speakers",
        "sentivox.transcript.time_order",
    },
    {"sentivox.audio"},
    {"sentivox.models"},
    {"sentivox.streaming"},
    {"sentivox.web"},
    {"deployments"},
]
"""From the ground up: a module imports its own floor and the floors below it."""

FORBIDDEN = {
    "sentivox/web": {"sentivox.models", "sentivox.audio", "torch", "ctranslate2"},
    "sentivox/streaming": {"sentivox.models", "torch", "ctranslate2"},
    "sentivox": {
        "ray",
        "deployments",
        "sentivox_client",
        "preprocessing",
        "training",
        "benchmarks",
    },
    "clients": {"ray", "torch", "deployments"},
    "preprocessing": {"ray.serve", "deployments", "training", "benchmarks"},
    "training": {"ray.serve", "deployments", "benchmarks"},
}
STAGES = ["audio_decoder", "language_id", "asr", "sentiment"]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _floor(module: str) -> int | None:
    for height, names in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return height
    return None


@pytest.mark.parametrize("path", _modules("sentivox") + _modules("deployments"), ids=str)
def test_imports_go_down_only(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    own = _floor(module)
    if own is None:
        return
    above = {name for name in _imports(path) if (_floor(name) or 0) > own}
    assert not above


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_folder_keeps_to_what_it_may_import(folder: str) -> None:
    for path in _modules(folder):
        for name in _imports(path):
            forbidden = {f for f in FORBIDDEN[folder] if name == f or name.startswith(f"{f}.")}
            assert not forbidden, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_never_imports_another(stage: str) -> None:
    others = {f"deployments.{other}" for other in STAGES if other != stage}
    assert others.isdisjoint(_imports(ROOT / "deployments" / f"{stage}.py"))
