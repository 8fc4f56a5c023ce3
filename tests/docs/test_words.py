"""Forbidden words stand nowhere, and each would be found."""

from __future__ import annotations

import pytest

from docs import words
from docs.tree import ROOT
from tests.docs.conftest import Repository


def test_no_forbidden_word_stands_anywhere() -> None:
    hits = words.find(ROOT)
    assert not hits, "\n".join(map(str, hits))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("What was Heard.", "heard"),
        ("heard_until_ms", "heard"),
        ("HeardByEar", "ear"),
        ("class LanguageHearing:", "hear"),
        ("hands_on: true", "hands on"),
        ("hedge_below", "hedge"),
        ("seconds of audio\n    in one", "audio in one"),
        ("Dutch is written by the Romance recogniser.", "written by a recogniser"),
        ("It's told apart.", "tell"),
    ],
)
def test_a_word_is_found_in_sentences_and_in_names(text: str, word: str) -> None:
    assert word in {found for _, found in words.words_in(text)}


@pytest.mark.parametrize("text", ["the year nears", "a shear", "teller", "a patient", "in one"])
def test_parts_of_other_words_are_let_be(text: str) -> None:
    assert not list(words.words_in(text))


def test_a_hit_has_its_line() -> None:
    assert list(words.words_in("one\ntwo\nwhoever")) == [(3, "whoever")]


def test_a_docstring_that_needs_the_line_above_is_found() -> None:
    source = 'X = 1\n"""The same, for live speech."""\nY = 2\n"""Seconds of padding."""\n'
    assert list(words.openings_in(source)) == [(2, "docstring begins 'The same'")]


def test_the_changelog_and_older_entries_of_the_log_keep_their_words(
    repository: Repository,
) -> None:
    root = repository(
        {
            "CHANGELOG.md": "What was heard.\n",
            "docs/log.md": f"# Log\n\nnew: heard\n\n{words.LOG_MARKER}\n\nold: heard\n",
            "data/said.csv": "heard\n",
            "training/run.py": "patience = 3\n",
        }
    )
    assert [str(hit) for hit in words.find(root)] == ["docs/log.md:3: heard"]


def test_the_log_has_the_marker() -> None:
    assert words.LOG_MARKER in (ROOT / words.LOG).read_text("utf-8").splitlines()
