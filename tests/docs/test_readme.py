"""The README is short, and its examples run against the API as it is."""

from __future__ import annotations

import ast
import asyncio
import importlib
import runpy
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from docs.pages import Block, Page
from docs.tree import ROOT
from sentivox.web.app import create_app
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

MOST_LINES = 150
README = Page(PurePosixPath("README.md"), (ROOT / "README.md").read_text("utf-8"))
SILENT_SAMPLES = 24_000
DEFAULT_URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(FakeService)) as port:
        yield f"http://127.0.0.1:{port}"


def _examples(*packages: str) -> list[Block]:
    """Its Python blocks that import one of the packages."""
    return [
        block
        for block in README.blocks("python")
        if any(f"from {package} import" in block.code for package in packages)
    ]


def test_it_is_short() -> None:
    assert len(README.text.splitlines()) <= MOST_LINES


def test_names_in_its_examples_can_be_imported() -> None:
    for block in README.blocks("python"):
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.ImportFrom) and node.module:
                module = importlib.import_module(node.module)
                missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
                assert not missing, f"{node.module} has no {missing}"


@pytest.mark.parametrize("block", _examples("openai", "sentivox_client"), ids=lambda b: b.code[:30])
def test_an_example_of_a_client_runs(
    block: Block,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "speech.mp3").write_bytes(b"RIFF")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTIVOX_URL", url)
    (tmp_path / "example.py").write_text(block.code.replace(DEFAULT_URL, url), "utf-8")
    names = runpy.run_path(str(tmp_path / "example.py"))
    if live := names.get("transcribe_live"):
        asyncio.run(live(bytes(2 * SILENT_SAMPLES)))
    else:
        assert "schön" in capsys.readouterr().out
