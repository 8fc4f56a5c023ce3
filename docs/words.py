"""Words that this project doesn't use, and the search for them.

    python -m docs.words

Prints `file:line: word` for each place; the exit status is 1 if there is any. Names count as words:
`heard_until`, `heardUntil` and `HeardUntil` are all `heard until`. A phrase may run over the end of
a line. CHANGELOG.md and the log's older entries keep the words of their day.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from docs.tree import ROOT, tracked

FORBIDDEN = {
    "heard": r"heard|unheard|overheard",
    "hear": r"hears?|hearings?",
    "ear": r"ears?",
    "tell": r"tells?|telling|told",
    "whoever": r"whoever",
    "unhurried": r"unhurried",
    "patience": r"patience",
    "prejudice": r"prejudices?",
    "impression": r"impressions?",
    "hedge": r"hedg\w*",
    "hands on": r"hands? on",
    "in circles": r"in circles",
    "19 in 20": r"19 in 20",
    "half of them": r"half of them",
    "audio in one": r"seconds of audio in one",
    "words wrong": r"words wrong",
    "letters wrong": r"letters wrong",
    "written by a recogniser": r"written by [^.]{0,60}recogni[sz]ers?",
}
"""Name -> regular expression of whole words; a blank stands for any blanks, `_` and `-`."""

OPENINGS = ("The same", "Of ", "As above", "So many", "Whoever", "What was")
"""A docstring that begins like this can't be read without the line above it."""

SUFFIXES = frozenset(
    {
        *(".py", ".js", ".css", ".html", ".svg", ".md"),
        *(".yaml", ".yml", ".toml", ".sh", ".cfg", ".ini"),
    }
)
NAMES = frozenset({"Makefile", "Dockerfile", "run"})
"""Files without a suffix that are searched too."""

NOT_SEARCHED = (
    "CHANGELOG.md",
    "docs/words.py",
    "sentivox/settings/old_names.py",
    "tests/docs/test_words.py",
    "tests/settings/test_old_names.py",
)
LOG = PurePosixPath("docs/log.md")
LOG_MARKER = "## Older entries, in the words of their day"
"""Entries of the log below this heading aren't searched."""

ALLOWED = (
    ("training/*", "patience"),  # early stopping's own word
    ("tests/training/*", "patience"),
    ("sentivox/weights/files/*", "patience"),  # that setting in the cards of trained weights
    ("tests/calls.py", "tell"),  # a sentence that a synthetic voice says
)
"""Pattern of paths and the name of a word that may stand there."""


@dataclass(frozen=True, slots=True)
class Hit:
    path: PurePosixPath
    line: int
    word: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word}"


_GAP = r"[\s_-]+"
_WORDS = {
    name: re.compile(rf"(?<![A-Za-z])(?:{pattern.replace(' ', _GAP)})(?![A-Za-z])", re.IGNORECASE)
    for name, pattern in FORBIDDEN.items()
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def find(root: Path) -> list[Hit]:
    """Every forbidden word in the repository at `root`, by file and line."""
    return [hit for path in tracked(root) if _is_searched(path) for hit in _find_in(root, path)]


def words_in(text: str) -> Iterator[tuple[int, str]]:
    """Lines, counted from 1, and names of the forbidden words there."""
    spaced = _CAMEL.sub(" ", text)
    for name, pattern in _WORDS.items():
        for match in pattern.finditer(spaced):
            yield spaced.count("\n", 0, match.start()) + 1, name


def openings_in(source: str) -> Iterator[tuple[int, str]]:
    """Lines and beginnings of the docstrings of a Python file that begin as none should.

    The sentence below a constant or a field counts as its docstring.
    """
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        text = node.value.value
        if isinstance(text, str):
            for opening in OPENINGS:
                if text.lstrip().startswith(opening):
                    yield node.lineno, f"docstring begins '{opening.strip()}'"


def _find_in(root: Path, path: PurePosixPath) -> list[Hit]:
    text = (root / path).read_text("utf-8")
    if path == LOG:
        text = text.split(LOG_MARKER)[0]
    found = list(words_in(text))
    if path.suffix == ".py":
        found += openings_in(text)
    return [Hit(path, line, word) for line, word in sorted(found) if not _is_allowed(path, word)]


def _is_searched(path: PurePosixPath) -> bool:
    known = path.suffix in SUFFIXES or path.name in NAMES
    return known and str(path) not in NOT_SEARCHED


def _is_allowed(path: PurePosixPath, word: str) -> bool:
    return any(fnmatch(str(path), pattern) and word == name for pattern, name in ALLOWED)


def main() -> int:
    hits = find(ROOT)
    for hit in hits:
        print(hit)
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
