"""Words from the tokens of a CTC model, each with its frames.

A word has a space before it, as in Whisper's text, so that later stages needn't distinguish the
recognisers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torchaudio.functional import TokenSpan

from sentivox.engines.ctc.vocabulary import CtcVocabulary

CERTAIN = 0.0
"""Log-probability of the space before a window's first word, which has no frames."""


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word and the spans of its tokens, in frames."""

    text: str
    """With the preceding space, where the language writes one."""
    start: int
    """First frame of the first letter."""
    end: int
    """Frame after the last letter."""
    spans: tuple[TokenSpan, ...]
    """Spans of all tokens, the delimiter before the word included."""
    letters: tuple[TokenSpan, ...]
    """Spans of the letters."""


def without_empty_words(
    tokens: Sequence[int], vocabulary: CtcVocabulary, *, spaced: bool
) -> list[int]:
    """The tokens without delimiters at either end or in a row; without any delimiter where the
    language writes no spaces (`spaced` is false).
    """
    delimiter = vocabulary.delimiter
    if not spaced:
        return [token for token in tokens if token != delimiter]
    kept: list[int] = []
    for token in tokens:
        if token != delimiter or (kept and kept[-1] != delimiter):
            kept.append(token)
    return kept[:-1] if kept and kept[-1] == delimiter else kept


def words_of(
    spans: Sequence[TokenSpan], vocabulary: CtcVocabulary, *, spaced: bool
) -> Iterator[AlignedWord]:
    """The words of aligned tokens without empty words. In a language without spaces every letter is
    a word.
    """
    if not spaced or vocabulary.delimiter is None:
        for span in spans:
            text = vocabulary.letters[span.token]
            yield AlignedWord(text, span.start, span.end, (span,), (span,))
        return
    gap: TokenSpan | None = None
    letters: list[TokenSpan] = []
    for span in spans:
        if span.token == vocabulary.delimiter:
            yield _word(gap, letters, vocabulary, vocabulary.delimiter)
            gap, letters = span, []
        else:
            letters.append(span)
    if letters:
        yield _word(gap, letters, vocabulary, vocabulary.delimiter)


def words_after(
    words: Iterable[AlignedWord], letters: int, vocabulary: CtcVocabulary
) -> Iterator[AlignedWord]:
    """The words after the first `letters` letters. A word that begins before them is cut."""
    for word in words:
        known, letters = letters, max(0, letters - len(word.letters))
        rest = word.letters[known:]
        if known == 0:
            yield word
        elif rest:
            text = "".join(vocabulary.letters[span.token] for span in rest)
            yield AlignedWord(text, rest[0].start, rest[-1].end, rest, rest)


def _word(
    gap: TokenSpan | None, letters: Sequence[TokenSpan], vocabulary: CtcVocabulary, delimiter: int
) -> AlignedWord:
    start, end = letters[0].start, letters[-1].end
    before = gap or TokenSpan(delimiter, start, start, CERTAIN)
    text = " " + "".join(vocabulary.letters[span.token] for span in letters)
    return AlignedWord(text, start, end, (before, *letters), tuple(letters))
