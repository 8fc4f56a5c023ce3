"""Logits filters: which tokens may be sampled next.

Symbols that Whisper leaves out are suppressed. Timestamps come in pairs around a segment and never
go back; where they are more probable together than any text token, one of them is sampled. These
are the rules of openai/whisper `decoding.py`, as CTranslate2 has them: the first timestamp is at
most one second, and two segments may meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch

from sentivox.engines.whisper.prompt import Vocabulary

MAX_FIRST_TIMESTAMP = 50
"""Steps of 20 ms: one second."""


@dataclass(frozen=True, slots=True)
class TokenHistory:
    """Tokens of texts that have begun, as timestamp steps: below 0 for a text token. Shape (texts,)
    each.
    """

    last: torch.Tensor
    before_last: torch.Tensor
    """The last token itself where it is the only one."""
    latest: torch.Tensor
    """The greatest step so far."""

    @classmethod
    def of(cls, steps: torch.Tensor) -> TokenHistory:
        """The history of texts with as many tokens, (texts, tokens)."""
        return cls(steps[:, -1], steps[:, -2:][:, 0], steps.amax(1))


class TimestampLogitsFilter:
    """Sets logits of tokens that may not be sampled to -inf, in place."""

    def __init__(self, vocabulary: Vocabulary, device: torch.device | str) -> None:
        self._end = vocabulary.end_of_text
        self._first_timestamp = vocabulary.first_timestamp
        ids = partial(torch.tensor, dtype=torch.long, device=device)
        self._suppressed = ids(vocabulary.suppressed)
        self._suppressed_first = ids(vocabulary.suppressed_first)

    def apply_first(
        self, logits: torch.Tensor, timed: torch.Tensor, no_prefix: torch.Tensor
    ) -> None:
        """All rules for the first new token. `logits` has shape (texts, vocabulary).

        `timed` (texts,) says which texts have timestamps, and `no_prefix` (texts,) which begin
        without a prefix.
        """
        self.suppress(logits)
        banned = logits[:, self._suppressed_first]
        logits[:, self._suppressed_first] = banned.masked_fill(no_prefix[:, None], -torch.inf)
        words, times = self._parts(logits)
        begins = (timed & no_prefix)[:, None]
        words[:, -1].masked_fill_(timed, -torch.inf)
        words.masked_fill_(begins, -torch.inf)
        times[:, MAX_FIRST_TIMESTAMP + 1 :].masked_fill_(begins, -torch.inf)

    def suppress(self, logits: torch.Tensor) -> None:
        """Symbols that are never sampled."""
        logits.index_fill_(1, self._suppressed, -torch.inf)

    def apply(self, logits: torch.Tensor, history: TokenHistory, timed: torch.Tensor) -> None:
        """All rules for a text that has begun."""
        self.suppress(logits)
        words, times = self._parts(logits)
        words[:, -1].masked_fill_(timed, -torch.inf)
        ends, before = history.last >= 0, history.before_last >= 0
        opened, closed = timed & ends & before, timed & ends & ~before
        words[:, : self._end].masked_fill_(closed[:, None], -torch.inf)
        # A segment may begin when the last one ended, and may not end when it began.
        earliest = history.latest + (~closed).long()
        steps = torch.arange(times.shape[1], device=times.device)
        too_early = opened[:, None] | (timed[:, None] & (steps < earliest[:, None]))
        times.masked_fill_(too_early, -torch.inf)
        more_probable = times.logsumexp(1) > words.amax(1)
        words.masked_fill_((timed & ~opened & more_probable)[:, None], -torch.inf)

    def _parts(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Text and special tokens, `<|notimestamps|>` the last of them, and timestamps."""
        return logits[:, : self._first_timestamp], logits[:, self._first_timestamp :]
