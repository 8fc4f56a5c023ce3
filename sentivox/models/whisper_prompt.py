"""What a decoder of our own is told before it writes a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentivox.models.whisper_tokens import WhisperTokens
from sentivox.types import RecognitionOptions


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is known of a text before it is decoded."""

    start: Sequence[int]
    """Tokens that come before the text."""
    silence: int
    """Which of them is `<|startoftranscript|>`: what is likely after it tells speech from none."""
    prefix: Sequence[int]
    """The text's own first tokens."""
    guess: Sequence[int]
    """How it may go on. Read in the same step, and kept as far as the decoder agrees: without it
    the text is the same, but for rounding, and comes later.
    """
    room: int
    """Most tokens that the text may have, prefix included."""
    hasty: bool = False
    """Give up at the first sign of a loop: there will be another hearing."""

    @classmethod
    def of(
        cls, options: RecognitionOptions, tokens: WhisperTokens, room: int, *, hasty: bool
    ) -> Prompt:
        return cls(
            start=tokens.prompt(options)[: -len(options.prefix) or None],
            silence=len(tokens.earlier(options)),
            prefix=options.prefix,
            guess=options.guess[: max(0, room - len(options.prefix) - 1)],
            room=room,
            hasty=hasty,
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Special tokens come after the text's, times after all others."""

    end_of_text: int
    no_speech: int
    first_timestamp: int
    never: Sequence[int]
    never_first: Sequence[int]

    @classmethod
    def of(
        cls, tokens: WhisperTokens, never: Sequence[int], never_first: Sequence[int]
    ) -> Vocabulary:
        """What is never written is told by the weights, not by their tokenizer."""
        return cls(
            end_of_text=tokens.end_of_text,
            no_speech=tokens.no_speech,
            first_timestamp=tokens.first_timestamp,
            never=never,
            never_first=never_first,
        )
