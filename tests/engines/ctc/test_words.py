from __future__ import annotations

from torchaudio.functional import TokenSpan

from sentivox.engines.ctc.vocabulary import CtcVocabulary
from sentivox.engines.ctc.words import CERTAIN, behind, letters_in, tidy, words

VOCABULARY = CtcVocabulary({1: "a", 2: "b", 3: "c"}, blank=0, delimiter=9)


def spans(*tokens: int) -> list[TokenSpan]:
    return [TokenSpan(token, 10 * n, 10 * n + 5, -0.1 * n) for n, token in enumerate(tokens)]


def test_gaps_that_part_nothing_are_dropped() -> None:
    assert tidy([9, 1, 9, 9, 2, 9], VOCABULARY, spaced=True) == [1, 9, 2]
    assert tidy([9, 9], VOCABULARY, spaced=True) == []
    assert tidy([1, 9, 2], VOCABULARY, spaced=False) == [1, 2]


def test_every_word_begins_with_its_space_and_lasts_as_long_as_its_letters() -> None:
    first, second = words(spans(1, 2, 9, 3), VOCABULARY, spaced=True)
    assert (first.text, first.start, first.end) == (" ab", 0, 15)
    assert (second.text, second.start, second.end) == (" c", 30, 35)
    assert [span.token for word in (first, second) for span in word.spans] == [9, 1, 2, 9, 3]
    assert first.spans[0].score == CERTAIN


def test_where_no_spaces_are_written_every_letter_is_a_word() -> None:
    heard = list(words(spans(1, 2), VOCABULARY, spaced=False))
    assert [word.text for word in heard] == ["a", "b"]
    assert [len(word.spans) for word in heard] == [1, 1]


def test_words_behind_those_that_are_known_are_left_whole_or_cut() -> None:
    heard = list(words(spans(1, 2, 9, 3, 1), VOCABULARY, spaced=True))
    assert letters_in([9, 1, 2, 9, 3], VOCABULARY) == 3
    assert list(behind(heard, 0, VOCABULARY)) == heard
    assert list(behind(heard, 2, VOCABULARY)) == heard[1:]
    [rest] = behind(heard, 3, VOCABULARY)
    assert (rest.text, rest.start, rest.end) == ("a", 40, 45)
    assert [span.token for span in rest.spans] == [1]
    assert list(behind(heard, 4, VOCABULARY)) == []
