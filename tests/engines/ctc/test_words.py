"""Words from the aligned tokens of a CTC model."""

from __future__ import annotations

from torchaudio.functional import TokenSpan

from sentivox.engines.ctc.vocabulary import CtcVocabulary
from sentivox.engines.ctc.words import (
    CERTAIN,
    without_empty_words,
    words_after,
    words_of,
)

VOCABULARY = CtcVocabulary({1: "a", 2: "b", 3: "c"}, blank=0, delimiter=9)


def spans(*tokens: int) -> list[TokenSpan]:
    return [TokenSpan(token, 10 * n, 10 * n + 5, -0.1 * n) for n, token in enumerate(tokens)]


def test_delimiters_of_empty_words_are_dropped() -> None:
    assert without_empty_words([9, 1, 9, 9, 2, 9], VOCABULARY, spaced=True) == [1, 9, 2]
    assert without_empty_words([9, 9], VOCABULARY, spaced=True) == []
    assert without_empty_words([1, 9, 2], VOCABULARY, spaced=False) == [1, 2]


def test_a_word_begins_with_a_space_and_spans_its_letters() -> None:
    first, second = words_of(spans(1, 2, 9, 3), VOCABULARY, spaced=True)
    assert (first.text, first.start, first.end) == (" ab", 0, 15)
    assert (second.text, second.start, second.end) == (" c", 30, 35)
    assert [span.token for word in (first, second) for span in word.spans] == [9, 1, 2, 9, 3]
    assert first.spans[0].score == CERTAIN


def test_every_letter_is_a_word_in_a_language_without_spaces() -> None:
    found = list(words_of(spans(1, 2), VOCABULARY, spaced=False))
    assert [word.text for word in found] == ["a", "b"]
    assert [len(word.spans) for word in found] == [1, 1]


def test_words_after_known_letters_are_whole_or_cut() -> None:
    found = list(words_of(spans(1, 2, 9, 3, 1), VOCABULARY, spaced=True))
    assert list(words_after(found, 0, VOCABULARY)) == found
    assert list(words_after(found, 2, VOCABULARY)) == found[1:]
    [rest] = words_after(found, 3, VOCABULARY)
    assert (rest.text, rest.start, rest.end) == ("a", 40, 45)
    assert [span.token for span in rest.spans] == [1]
    assert list(words_after(found, 4, VOCABULARY)) == []
