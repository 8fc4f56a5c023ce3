"""The prompt of a text: the tokens that a decoder knows before it decodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.token_limits import max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer


@dataclass(frozen=True, slots=True)
class Prompt:
    """The known tokens and the limit of one text."""

    start: Sequence[int]
    """Tokens before the text: earlier text and the start sequence."""
    sot_index: int
    """Index of `<|startoftranscript|>` in `start`; the next-token probabilities there include that
    of no speech."""
    prefix: Sequence[int]
    """First tokens of the text itself."""
    draft_tokens: Sequence[int]
    """Tokens that probably follow. They are read in the prefill and kept as far as the decoder
    agrees, so the text is the same without them, but for rounding, and takes longer."""
    max_new_tokens: int
    """Most tokens of the text, prefix included."""
    stop_on_repetition: bool = False
    """Whether a repetition loop is given up early, because another pass follows."""

    @classmethod
    def of(
        cls,
        item: RecognitionItem,
        context_s: float,
        tokenizer: WhisperTokenizer,
        *,
        stop_on_repetition: bool,
    ) -> Prompt:
        """The prompt of a window that is encoded with `context_s` seconds."""
        options, limit = item.options, max_new_tokens(item, context_s)
        most_draft = max(0, limit - len(options.prefix) - 1)
        return cls(
            start=tokenizer.prompt(options)[: -len(options.prefix) or None],
            sot_index=len(tokenizer.previous_text(options)),
            prefix=options.prefix,
            draft_tokens=options.draft_tokens[:most_draft],
            max_new_tokens=limit,
            stop_on_repetition=stop_on_repetition,
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Special token ids. They follow the text tokens, and timestamps follow all others."""

    end_of_text: int
    no_speech: int
    first_timestamp: int
    suppressed: Sequence[int]
    """Tokens that are never sampled."""
    suppressed_first: Sequence[int]
    """Tokens that are never sampled as the first of a text."""

    @property
    def no_timestamps(self) -> int:
        """`<|notimestamps|>`: in the prompt of text without timestamps."""
        return self.first_timestamp - 1

    @classmethod
    def of(
        cls,
        tokenizer: WhisperTokenizer,
        suppressed: Sequence[int],
        suppressed_first: Sequence[int],
    ) -> Vocabulary:
        """The vocabulary of a model; its config names the suppressed tokens."""
        return cls(
            end_of_text=tokenizer.end_of_text,
            no_speech=tokenizer.no_speech,
            first_timestamp=tokenizer.first_timestamp,
            suppressed=suppressed,
            suppressed_first=suppressed_first,
        )
