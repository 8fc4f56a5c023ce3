"""The script of a transcript: the same in its text, words and tokens.

The text of a segment is converted as a whole, because a character may depend on its neighbours.
Words and tokens are cut from it at the places where they were before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from sentivox.language_tags import SCRIPTS
from sentivox.transcript.serbian import to_serbian_script
from sentivox.types import Recognition, Script, TranscribedSegment, Word


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts that the text of one request is written in."""

    requested: Mapping[str, Script] = field(default_factory=dict)
    """Language code -> script."""
    chinese: Script = Script.HANS
    """Script of Chinese where the request names none."""

    def of(self, language: str) -> Script | None:
        """The script to convert a language's text to; None to leave the text as it is."""
        if language in self.requested:
            return self.requested[language]
        if language == "yue":
            return Script.HANT_HK
        return self.chinese if language == "zh" else None

    def concern(self, recognition: Recognition, language: str) -> bool:
        """Whether `convert` may change a text."""
        languages = {language, *(segment.language for segment in recognition.segments)}
        return any(map(self.of, languages))

    def convert(self, recognition: Recognition, language: str) -> Recognition:
        """The recognition with every text in its script; `language` is that of suppressed text."""
        script = self.of(language)
        return Recognition(
            tuple(self._segment(each) for each in recognition.segments),
            tuple(
                replace(each, text="".join(in_script(each.text, script))) if script else each
                for each in recognition.suppressed
            ),
        )

    def _segment(self, segment: TranscribedSegment) -> TranscribedSegment:
        if (script := self.of(segment.language)) is None:
            return segment
        return replace(
            segment,
            text="".join(in_script(segment.text, script)),
            words=_words(segment.words, script),
            token_bytes=_token_bytes(segment.token_bytes, script),
        )


def in_script(text: str, script: Script) -> list[str]:
    """The text in that script, as one piece for each character of `text`."""
    if script in SCRIPTS["sr"]:
        return to_serbian_script(text, script)
    # Imported with the first Chinese text: the library takes 70 ms.
    from sentivox.transcript.chinese import to_chinese_script

    return list(to_chinese_script(text, script))


def _words(words: Sequence[Word], script: Script) -> tuple[Word, ...]:
    pieces = in_script("".join(word.word for word in words), script)
    ends = accumulate((len(word.word) for word in words), initial=0)
    return tuple(
        replace(word, word="".join(pieces[start:end]))
        for word, (start, end) in zip(words, pairwise(ends), strict=True)
    )


def _token_bytes(tokens: Sequence[bytes], script: Script) -> tuple[bytes, ...]:
    """Tokens may end inside a character: then they end after as many bytes of the new one.

    Tokens that aren't text together stay as they are.
    """
    try:
        text = b"".join(tokens).decode()
    except UnicodeDecodeError:
        return tuple(tokens)
    pieces = [piece.encode() for piece in in_script(text, script)]
    new_ends = _byte_ends(text, pieces)
    ends = accumulate(map(len, tokens), initial=0)
    whole = b"".join(pieces)
    return tuple(whole[new_ends[start] : new_ends[end]] for start, end in pairwise(ends))


def _byte_ends(text: str, pieces: Iterable[bytes]) -> list[int]:
    """For each position in the text's bytes, the position in the bytes of the pieces."""
    ends = [0]
    at = 0
    for character, piece in zip(text, pieces, strict=True):
        size = len(character.encode())
        ends += [at + min(inside, len(piece)) for inside in range(1, size)]
        at += len(piece)
        ends.append(at)
    return ends
