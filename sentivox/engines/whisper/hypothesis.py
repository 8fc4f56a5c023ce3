"""A decoded window: its text, its segments, and measures of its quality."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from sentivox.engines.protocols import RecognitionItem, SharedEncoderOutput
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Align, AlignedSegment, words_of

MAX_REPEATS = 3
"""Most times in a row that a speaker is assumed to say a sentence."""
SAME_SENTENCE = 0.8
"""Share of tokens that two sentences have in common for one to repeat the other."""
FASTEST_SPEECH = 10.0
"""Tokens per second: no one speaks faster, not even in languages with many tokens per word."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The tokens that a decoder found for a window."""

    ids: tuple[int, ...]
    """Text and timestamp tokens, the prefix included, the end of text not."""
    avg_logprob: float
    """Mean log-probability per token; see `mean_log_prob`."""
    no_speech_prob: float
    cut_off: bool
    """Whether the text reached its maximum of new tokens without an end."""
    trimmed: bool = False
    """Whether the text was a repetition loop of which only the first round is kept."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The result of one decoding pass over a window."""

    segments: tuple[TimedTokens, ...]
    align: Callable[[], Sequence[AlignedSegment]]
    """Finds the words of each segment. It takes a tenth of the time, and most text that is decoded
    again doesn't need it."""
    text: str
    temperature: float
    decoded: DecodedText
    text_without_repeats: str = ""
    """The text without sentences that a speaker may have repeated, if these were looked for."""
    encoder_output: Callable[[], SharedEncoderOutput] | None = None
    """The window's encoder output, for another pass, where the backend keeps it."""

    @property
    def compression_ratio(self) -> float:
        """Bytes of text over bytes after zlib, as in openai/whisper."""
        return _compression_ratio(self.text.encode())

    @property
    def repetition(self) -> float:
        """Compression ratio with one byte per letter, in any script: high for repetition.

        UTF-8 needs two or three bytes for letters outside Latin, which zlib saves: half a minute of
        correct Russian would count as a repetition loop.
        """
        return _letter_compression_ratio(self.text)

    @property
    def repetition_beyond_speech(self) -> float:
        """`repetition` of the text without sentences that a speaker may have repeated."""
        return _letter_compression_ratio(self.text_without_repeats or self.text)


def hypothesis_of(
    tokenizer: WhisperTokenizer,
    item: RecognitionItem,
    decoded: DecodedText,
    temperature: float,
    align: Align,
    encoder_output: Callable[[], SharedEncoderOutput] | None = None,
) -> Hypothesis:
    """The hypothesis with the segments and the text of decoded tokens."""
    segments = tuple(tokenizer.segments(decoded.ids, item.window.seconds))
    return Hypothesis(
        segments=segments,
        align=partial(words_of, tokenizer, item, segments, align),
        text=tokenizer.text(decoded.ids),
        temperature=temperature,
        decoded=decoded,
        text_without_repeats="".join(
            tokenizer.text(segment.ids) for segment in without_repeats(segments)
        ),
        encoder_output=encoder_output,
    )


def without_repeats(segments: Sequence[TimedTokens]) -> list[TimedTokens]:
    """The segments without those that repeat the segment before them, each with its own time.

    Speakers repeat a sentence once or twice. A loop repeats it more often, or in no time.
    """
    kept: list[TimedTokens] = []
    times = 1
    for segment in segments:
        repeats = bool(kept) and _same_sentence(kept[-1], segment)
        times = times + 1 if repeats else 1
        if not repeats or times > MAX_REPEATS or not _can_be_spoken(segment):
            kept.append(segment)
    return kept


def _same_sentence(first: TimedTokens, second: TimedTokens) -> bool:
    ratio = SequenceMatcher(None, first.ids, second.ids, autojunk=False).ratio()
    return ratio >= SAME_SENTENCE


def _can_be_spoken(segment: TimedTokens) -> bool:
    return len(segment.ids) <= FASTEST_SPEECH * (segment.end - segment.start)


def _letter_compression_ratio(text: str) -> float:
    letters = {letter: number % 256 for number, letter in enumerate(dict.fromkeys(text))}
    return _compression_ratio(bytes(letters[letter] for letter in text))


def _compression_ratio(data: bytes) -> float:
    return len(data) / len(zlib.compress(data)) if data else 1.0
