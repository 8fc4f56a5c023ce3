"""Writes docs/index.md: every package and module with the first sentence of its docstring.

    python -m docs.index [--check]

`--check` writes nothing; the exit status is 1 if the page isn't what would be written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from docs.tree import ROOT, tracked

PAGE = PurePosixPath("docs/index.md")
FIRST = ("deployments", "sentivox", "clients")
"""Folders in the order of the page; others follow by name."""
LEFT_OUT = ("tests",)
"""Tests mirror the tree."""
FOLDERS_WITHOUT_A_PACKAGE: Mapping[str, str] = {
    "clients/web": "The web page: static files that a browser runs as they are.",
}
HEAD = """# Every module

Made by `python -m docs.index` from the modules' docstrings; don't edit it by hand.
"""

_SENTENCE = re.compile(r"(.+?[.!?])(?=\s|$)", re.DOTALL)
_JS_COMMENT = re.compile(r"\A(?:\s*//[^\n]*\n?)+|\A\s*/\*.*?\*/", re.DOTALL)


def render(root: Path) -> str:
    """The page for the repository at `root`. Files without a docstring have no sentence."""
    folders: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path in tracked(root):
        if path.suffix in (".py", ".js") and len(path.parts) > 1 and path.parts[0] not in LEFT_OUT:
            folders[path.parent].append(path)
    sections = [HEAD]
    for folder in sorted(folders, key=_order):
        lines = [f"## {folder}", "", _sentence_of_folder(root, folder), ""]
        lines += [_line(root, path) for path in folders[folder] if path.name != "__init__.py"]
        sections.append(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n")
    return "\n".join(sections)


def undocumented(root: Path) -> list[PurePosixPath]:
    """Files of the page without a docstring, or without a comment at the top."""
    return [
        path
        for path in tracked(root)
        if path.suffix in (".py", ".js")
        and len(path.parts) > 1
        and path.parts[0] not in LEFT_OUT
        and not first_sentence(root, path)
    ]


def first_sentence(root: Path, path: PurePosixPath) -> str:
    """The first sentence of a module's docstring, or of a script's first comment; else empty."""
    source = (root / path).read_text("utf-8")
    text = ast.get_docstring(ast.parse(source)) if path.suffix == ".py" else _comment(source)
    paragraph = " ".join((text or "").strip().split("\n\n")[0].split())
    match = _SENTENCE.match(paragraph)
    return match[1] if match else paragraph


def _comment(source: str) -> str:
    match = _JS_COMMENT.match(source)
    if match is None:
        return ""
    lines = (line.strip().strip("/*").strip() for line in match[0].splitlines())
    return "\n".join(lines)


def _order(folder: PurePosixPath) -> tuple[int, tuple[str, ...]]:
    first = folder.parts[0]
    return (FIRST.index(first) if first in FIRST else len(FIRST), folder.parts)


def _sentence_of_folder(root: Path, folder: PurePosixPath) -> str:
    package = folder / "__init__.py"
    if (root / package).is_file():
        return first_sentence(root, package)
    return FOLDERS_WITHOUT_A_PACKAGE.get(str(folder), "")


def _line(root: Path, path: PurePosixPath) -> str:
    sentence = first_sentence(root, path)
    return f"- [{path.name}](../{path})" + (f": {sentence}" if sentence else "")


def main(argv: Sequence[str]) -> int:
    page, written = ROOT / PAGE, render(ROOT)
    if "--check" not in argv:
        page.write_text(written, "utf-8")
        return 0
    if page.is_file() and page.read_text("utf-8") == written:
        return 0
    print(f"{PAGE} is out of date: run python -m docs.index")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
