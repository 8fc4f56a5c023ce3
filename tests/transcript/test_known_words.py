"""Words after a known prefix."""

from __future__ import annotations

from sentivox.transcript.known_words import words_after
from sentivox.types import Word


def words(*texts: str) -> list[Word]:
    return [
        Word(text, 0.5 * number, 0.5 * number + 0.4, 0.9, (2 * number, 2 * number + 1))
        for number, text in enumerate(texts)
    ]


def test_words_after_known_tokens() -> None:
    three = words(" I", " like", " it")
    assert [word.word for word in words_after(three, 4, " I like")] == [" it"]
    assert words_after(three, 0, "") == tuple(three)
    assert words_after(three, 6, " I like it") == ()


def test_a_word_that_continues_after_known_tokens_is_cut() -> None:
    [rest, last] = words_after(words(" speedboat", " race"), 1, " speed")
    assert (rest.word, rest.tokens) == ("boat", (1,))
    assert last.word == " race"
