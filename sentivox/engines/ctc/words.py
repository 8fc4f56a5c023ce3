"""Words out of the tokens of a CTC model, each with its frames.

Text is written as Whisper writes it, with a space before every word, so that what is behind a
recogniser needn't know which one it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torchaudio.functional import TokenSpan

from sentivox.engines.ctc.vocabulary import CtcVocabulary

CERTAIN = 0.0
"""The log-probability of the space before a window's first word, which nobody has to hear."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    text: str
    """With the space before it, where its language writes one."""
    start: int
    """The first frame of its first letter."""
    end: int
    """The frame after its last letter."""
    spans: tuple[TokenSpan, ...]
    """Its tokens, the delimiter before it included."""
    letters: tuple[TokenSpan, ...]


def tidy(tokens: Sequence[int], vocabulary: CtcVocabulary, *, spaced: bool) -> list[int]:
    """Without delimiters that part nothing; without any in a language that writes no spaces."""
    delimiter = vocabulary.delimiter
    if not spaced:
        return [token for token in tokens if token != delimiter]
    kept: list[int] = []
    for token in tokens:
        if token != delimiter or (kept and kept[-1] != delimiter):
            kept.append(token)
    return kept[:-1] if kept and kept[-1] == delimiter else kept


def words(
    spans: Sequence[TokenSpan], vocabulary: CtcVocabulary, *, spaced: bool
) -> Iterator[HeardWord]:
    """`spans` are those of tidy tokens. Where no spaces are written, every letter is a word."""
    if not spaced or vocabulary.delimiter is None:
        for span in spans:
            yield HeardWord(vocabulary.letters[span.token], span.start, span.end, (span,), (span,))
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


def letters_in(tokens: Sequence[int], vocabulary: CtcVocabulary) -> int:
    return sum(token in vocabulary.letters for token in tokens)


def behind(
    heard: Iterable[HeardWord], letters: int, vocabulary: CtcVocabulary
) -> Iterator[HeardWord]:
    """The words behind the first `letters`; one that begins among them is cut in two."""
    for word in heard:
        known, letters = letters, max(0, letters - len(word.letters))
        rest = word.letters[known:]
        if known == 0:
            yield word
        elif rest:
            text = "".join(vocabulary.letters[span.token] for span in rest)
            yield HeardWord(text, rest[0].start, rest[-1].end, rest, rest)


def _word(
    gap: TokenSpan | None, letters: Sequence[TokenSpan], vocabulary: CtcVocabulary, delimiter: int
) -> HeardWord:
    start, end = letters[0].start, letters[-1].end
    before = gap or TokenSpan(delimiter, start, start, CERTAIN)
    text = " " + "".join(vocabulary.letters[span.token] for span in letters)
    return HeardWord(text, start, end, (before, *letters), tuple(letters))
