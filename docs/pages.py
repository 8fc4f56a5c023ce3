"""What the documents refer to: links, code blocks, commands, and paths of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from docs.tree import tracked
from docs.words import LOG, LOG_MARKER

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:sentivox|deployments|clients|tests|k8s|benchmarks|docs)/[\w./-]+)`")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    language: str
    """As written after the fence; empty where nothing is."""
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown document."""

    path: PurePosixPath
    text: str

    def blocks(self, language: str) -> list[Block]:
        """Its fenced blocks in that language, in order."""
        found = (Block(match[2], match[3]) for match in _FENCE.finditer(self.text))
        return [block for block in found if block.language == language]

    def links(self) -> list[str]:
        """Targets of its links that lie in the repository, anchors included."""
        prose = _FENCE.sub("", self.text)
        return [link for link in _LINK.findall(prose) if "://" not in link]

    def paths(self) -> list[str]:
        """Files and folders of the repository that stand in backticks; none in old log entries."""
        prose = _FENCE.sub("", self.text.split(LOG_MARKER)[0] if self.path == LOG else self.text)
        return [path for path in _PATH.findall(prose) if not path.isupper() and "NAME" not in path]

    def anchors(self) -> set[str]:
        """Names that a link may have after `#`, as GitHub makes them of headings."""
        prose = _FENCE.sub("", self.text)
        return {_slug(heading) for heading in _HEADING.findall(prose)}

    def commands(self) -> Iterator[list[str]]:
        """Words of each command in its shell blocks, continued lines joined, comments left out."""
        for block in self.blocks("sh"):
            for line in block.code.replace("\\\n", " ").splitlines():
                words = re.sub(r"(^|\s)#.*", "", line).split()
                if words:
                    yield words


def pages(root: Path) -> list[Page]:
    """Every Markdown document of the repository."""
    return [
        Page(path, (root / path).read_text("utf-8"))
        for path in tracked(root)
        if path.suffix == ".md"
    ]


def broken_links(root: Path) -> list[str]:
    """`page: link` for each link whose file or heading isn't there."""
    found = []
    by_path = {page.path: page for page in pages(root)}
    for page in by_path.values():
        for link in page.links():
            target, _, anchor = link.partition("#")
            path = (root / page.path.parent / target).resolve() if target else root / page.path
            there = path.exists() and path.is_relative_to(root)
            other = by_path.get(PurePosixPath(path.relative_to(root))) if there else None
            if not there or (anchor and other and anchor not in other.anchors()):
                found.append(f"{page.path}: {link}")
    return found


def missing_paths(root: Path) -> list[str]:
    """`page: path` for each path in backticks that isn't there."""
    return [
        f"{page.path}: {path}"
        for page in pages(root)
        for path in page.paths()
        if page.path.name != "CHANGELOG.md" and not (root / path).exists()
    ]


def _slug(heading: str) -> str:
    plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
