"""Links of the documents resolve, and their commands exist."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
import typer.main
from sentivox_client.cli.main import app

from docs import pages
from docs.pages import Page
from docs.tree import ROOT
from tests.docs.conftest import Repository

DOCUMENTS = [
    page
    for page in pages.pages(ROOT)
    if page.path.name != "CHANGELOG.md" and page.path != PurePosixPath("docs/log.md")
]
TARGETS = re.compile(r"^([\w./-]+):", re.MULTILINE)


def _commands() -> Iterator[tuple[str, list[str]]]:
    """The page and the words of each command of the documents, parts of `&&` and `|` apart."""
    for page in DOCUMENTS:
        for words in page.commands():
            for part in re.split(r" (?:&&|\|) ", " ".join(words)):
                yield str(page.path), part.strip("()").split()


def test_links_resolve() -> None:
    assert pages.broken_links(ROOT) == []


def test_paths_exist() -> None:
    assert pages.missing_paths(ROOT) == []


def test_targets_of_make_exist() -> None:
    targets = set(TARGETS.findall((ROOT / "Makefile").read_text("utf-8")))
    asked = {
        (page, word)
        for page, words in _commands()
        if "make" in words
        for word in _targets(words[words.index("make") + 1 :])
    }
    assert {(page, word) for page, word in asked if word not in targets} == set()


def _targets(words: list[str]) -> Iterator[str]:
    options = iter(words)
    for word in options:
        if word == "-C":
            next(options)
        elif "=" not in word:
            yield word


def test_modules_that_are_run_exist() -> None:
    modules = {words[words.index("-m") + 1] for _, words in _commands() if "-m" in words}
    assert {name for name in modules if importlib.util.find_spec(name) is None} == set()


def test_commands_of_sentivox_and_their_options_exist() -> None:
    for page, words in _commands():
        at = next((n for n, word in enumerate(words) if word.endswith("bin/sentivox")), None)
        if at is None and words[0] == "sentivox":
            at = 0
        if at is not None:
            unknown = _unknown_options(words[at + 1 :])
            assert not unknown, f"{page}: sentivox {' '.join(words[at + 1 :])}: {unknown}"


def _unknown_options(words: list[str]) -> list[str]:
    """Words that the command line has no place for: options, or a missing command."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        name, *words = words
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {
        option
        for parameter in command.params
        for option in [*parameter.opts, *parameter.secondary_opts]
    }
    return [word for word in words if word.startswith("--") and word not in known]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.path))
def test_python_of_a_page_can_be_compiled(page: Page) -> None:
    for block in page.blocks("python"):
        compile(block.code, str(page.path), "exec")


def test_a_broken_link_and_a_missing_path_are_found(repository: Repository) -> None:
    root = repository(
        {
            "README.md": "# A page\n[a](docs/a.md#two-words) [b](docs/b.md) [c](docs/a.md#three)\n",
            "docs/a.md": "## Two words\n`sentivox/types.py` [up](../README.md#a-page)\n",
        }
    )
    assert pages.broken_links(root) == ["README.md: docs/b.md", "README.md: docs/a.md#three"]
    assert pages.missing_paths(root) == ["docs/a.md: sentivox/types.py"]


def test_commands_are_read_over_continued_lines() -> None:
    page = Page(PurePosixPath("a.md"), "```sh\nmake x \\\n  y    # why\n# only this\n```\n")
    assert list(page.commands()) == [["make", "x", "y"]]
