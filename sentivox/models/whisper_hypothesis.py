"""A decoded window, and whether to believe it: the Whisper paper, section 4.5."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from sentivox.models.base import EncodedSound, RecognitionItem
from sentivox.models.whisper_tokens import TimedTokens, WhisperTokens
from sentivox.models.whisper_words import Align, AlignedSegment, words_of
from sentivox.settings import RecognitionSettings
from sentivox.types import SuppressionReason

LOOP = -2.0
"""A loop is worth as little as text of this likelihood: words drawn at a high temperature may be
anything, and nothing at all is better than those.
"""


MOST_TIMES = 3
"""In a row that somebody may well say the same sentence."""
ALIKE = 0.8
"""Of the tokens of two sentences, for one to be the other again."""
FAINT_VOICE = 0.4
"""Of 998 real recordings one voice was fainter: what is heard there is likelier a noise's."""
FASTEST = 10.0
"""Tokens a second. Nobody speaks faster, not even in languages that take many tokens a word."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """What a decoder wrote."""

    ids: tuple[int, ...]
    """Text and timestamps, a prefix included, the end of text not."""
    avg_logprob: float
    """Per token, the end of text included."""
    no_speech_prob: float
    cut_off: bool
    """It ran out of room before it said that it was done."""
    trimmed: bool = False
    """It went round in circles, and only the first round was kept."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    segments: tuple[TimedTokens, ...]
    align: Callable[[], Sequence[AlignedSegment]]
    """Finds the words of each segment. It takes a tenth of the time, and most text that is decoded
    again is never asked.
    """
    text: str
    temperature: float
    decoded: DecodedText
    once: str = ""
    """The text without what is said again right after it was said, if that was looked for."""
    sound: Callable[[], EncodedSound] | None = None
    """What it was written from, where that can be had."""

    @property
    def compression_ratio(self) -> float:
        """Bytes of text over bytes after zlib, as openai/whisper has it."""
        return _compression_ratio(self.text.encode())

    @property
    def repetition(self) -> float:
        """The same with a byte for each letter, whatever its script: high for text that repeats
        itself. UTF-8 spends two or three bytes on letters that aren't Latin, and zlib saves them:
        half a minute of sound Russian would pass for a loop.
        """
        return _repetition(self.text)

    @property
    def repetition_but_once(self) -> float:
        """The same of the text without what people may well say again."""
        return _repetition(self.once or self.text)


def hypothesis_of(
    tokens: WhisperTokens,
    item: RecognitionItem,
    decoded: DecodedText,
    temperature: float,
    align: Align,
    sound: Callable[[], EncodedSound] | None = None,
) -> Hypothesis:
    segments = tuple(tokens.segments(decoded.ids, item.window.seconds))
    return Hypothesis(
        segments=segments,
        align=partial(words_of, tokens, item, segments, align),
        text=tokens.text(decoded.ids),
        temperature=temperature,
        decoded=decoded,
        once="".join(tokens.text(segment.ids) for segment in said_once(segments)),
        sound=sound,
    )


def said_once(segments: Sequence[TimedTokens]) -> list[TimedTokens]:
    """Without sentences that only say again what was said right before them, each at a time of its
    own: people do that, once or twice. A loop does it more often, or in no time.
    """
    kept: list[TimedTokens] = []
    times = 1
    for segment in segments:
        again = bool(kept) and _alike(kept[-1], segment)
        times = times + 1 if again else 1
        if not again or times > MOST_TIMES or not _can_be_said(segment):
            kept.append(segment)
    return kept


def _alike(first: TimedTokens, second: TimedTokens) -> bool:
    return SequenceMatcher(None, first.ids, second.ids, autojunk=False).ratio() >= ALIKE


def _can_be_said(segment: TimedTokens) -> bool:
    return len(segment.ids) <= FASTEST * (segment.end - segment.start)


class Judge:
    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings

    def weak(self, voice: float) -> bool:
        """Whether it's so unsure that anybody speaks that text needs other signs of it."""
        return voice < self._settings.weak_voice

    def disbelief(self, hypothesis: Hypothesis, draft: bool = False) -> SuppressionReason | None:
        """Why the text should be kept out of the transcript, if it should.

        A draft that ran out of room is a loop, and nobody looks at it with more context. Its first
        round will do: with little context Whisper says the right words again and again.
        """
        if self._silent(hypothesis):
            return "no_speech"
        endless = draft and hypothesis.decoded.cut_off and not hypothesis.decoded.trimmed
        return "repetition" if endless or self._repeats(hypothesis) else None

    def disbelief_of_weak(
        self, hearings: Sequence[Hypothesis], voice: float
    ) -> SuppressionReason | None:
        """The same for what was heard where hardly a voice is: the first hearing, and a second one
        with more context, if there could be one.

        Words that somebody said come back; those that are made of a noise are others each time.
        Whisper's idea of silence is weighed more than elsewhere, and the fainter the voice, the
        likelier its words have to be.
        """
        first, *others = hearings
        silence = max(hearing.decoded.no_speech_prob for hearing in hearings)
        if silence > self._settings.weak_voice_max_no_speech_prob:
            return "no_speech"
        likeliest = max(hearing.decoded.avg_logprob for hearing in hearings)
        alike = all(
            agreement(first.text, other.text) >= self._settings.weak_voice_agreement
            for other in others
        )
        needed = self._settings.min_avg_logprob * (0.5 + 0.5 * min(1.0, voice / FAINT_VOICE))
        return None if alike and likeliest >= needed else "unlikely"

    def doubtful(self, hypothesis: Hypothesis) -> bool:
        """Whether decoding again may do better."""
        return self._looks_wrong(hypothesis, self._settings.min_avg_logprob)

    def other_language(self, hypothesis: Hypothesis) -> bool:
        """Whether it may be said in another one."""
        return self._looks_wrong(hypothesis, self._settings.other_language_below)

    def goes_in_circles(self, hypothesis: Hypothesis) -> bool:
        """Where somebody speaks."""
        return not self._silent(hypothesis) and self._loops(hypothesis)

    def rank(self, hypothesis: Hypothesis) -> tuple[bool, float]:
        """The better of two hypotheses ranks higher."""
        worth = hypothesis.decoded.avg_logprob
        return not self.doubtful(hypothesis), min(worth, LOOP) if self._loops(hypothesis) else worth

    def _looks_wrong(self, hypothesis: Hypothesis, below: float) -> bool:
        """Where somebody speaks: it loops, or is less likely than that."""
        if self._silent(hypothesis):
            return False
        return hypothesis.decoded.avg_logprob < below or self._loops(hypothesis)

    def _silent(self, hypothesis: Hypothesis) -> bool:
        return self._unvoiced(hypothesis) and self._unlikely(hypothesis)

    def _unvoiced(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.decoded.no_speech_prob > self._settings.max_no_speech_prob

    def _unlikely(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.decoded.avg_logprob < self._settings.min_avg_logprob

    def _loops(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.decoded.cut_off or self._repeats(hypothesis)

    def _repeats(self, hypothesis: Hypothesis) -> bool:
        """Where Whisper thinks that nobody speaks, nobody says anything again either."""
        unvoiced = self._unvoiced(hypothesis)
        found = hypothesis.repetition if unvoiced else hypothesis.repetition_but_once
        return found > self._settings.max_compression_ratio


def agreement(first: str, second: str) -> float:
    """How alike two texts are, in [0, 1], marks and capitals aside: Ratcliff and Obershelp's ratio,
    twice the letters they share over the letters of both.
    """
    return SequenceMatcher(None, _letters(first), _letters(second), autojunk=False).ratio()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _repetition(text: str) -> float:
    letters = {letter: number % 256 for number, letter in enumerate(dict.fromkeys(text))}
    return _compression_ratio(bytes(letters[letter] for letter in text))


def _compression_ratio(data: bytes) -> float:
    return len(data) / len(zlib.compress(data)) if data else 1.0
