"""A decoded window: its text, its segments, and measures of its quality."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sentivox.engines.protocols import RecognitionItem, SharedEncoderOutput
from sentivox.engines.whisper.repetition import has_loop, repeating, said_again, without_repeats
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Align, AlignedSegment, words_of


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
    said_again: tuple[bool, ...] = ()
    """Whether each segment repeats one before it, with time and speech of its own."""
    has_loop: bool = True
    """Whether a segment is a repetition loop: a menu whose options begin alike is none."""
    text_said_once: str = ""
    """The text without segments that are said again, if these were looked for."""
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
        return letter_compression_ratio(self.text)

    @property
    def repetition_beyond_speech(self) -> float:
        """`repetition` of the text without sentences that a speaker may have repeated."""
        return letter_compression_ratio(self.text_without_repeats or self.text)

    @property
    def repetition_without_speech(self) -> float:
        """`repetition` of the text without segments that are said again."""
        return letter_compression_ratio(self.text_said_once or self.text)


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
    repeats = repeating(segments)
    again = said_again(segments, repeats, item.window)
    once = [segment for segment, said in zip(segments, again, strict=True) if not said]
    return Hypothesis(
        segments=segments,
        align=partial(words_of, tokenizer, item, segments, align),
        text=tokenizer.text(decoded.ids),
        temperature=temperature,
        decoded=decoded,
        text_without_repeats="".join(
            tokenizer.text(segment.ids) for segment in without_repeats(segments)
        ),
        said_again=tuple(again),
        has_loop=has_loop(segments, repeats, again),
        text_said_once="".join(tokenizer.text(segment.ids) for segment in once),
        encoder_output=encoder_output,
    )


def letter_compression_ratio(text: str) -> float:
    """Letters of a text over bytes after zlib, with one byte per letter."""
    letters = {letter: number % 256 for number, letter in enumerate(dict.fromkeys(text))}
    return _compression_ratio(bytes(letters[letter] for letter in text))


def _compression_ratio(data: bytes) -> float:
    return len(data) / len(zlib.compress(data)) if data else 1.0
