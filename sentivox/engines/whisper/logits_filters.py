"""Logits filters: which tokens may be sampled next.

Symbols that Whisper leaves out are suppressed. Timestamps come in pairs around a segment and never
go back; where they are more probable together than any text token, one of them is sampled. These
are the rules of openai/whisper `decoding.py`, as CTranslate2 has them: the first timestamp is at
most one second, and two segments may meet.
"""

from __future__ import annotations

from dataclasses import dataclass

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


class TimestampLogitsFilter:
    """Sets logits of tokens that may not be sampled to -inf, in place."""

    def __init__(self, vocabulary: Vocabulary, device: torch.device | str) -> None:
        self._end = vocabulary.end_of_text
        self._first_timestamp = vocabulary.first_timestamp
        self._suppressed = _ids(vocabulary.suppressed, device)
        self._suppressed_first = _ids(vocabulary.suppressed_first, device)

    def apply(
        self,
        logits: torch.Tensor,
        new_tokens: torch.Tensor,
        timed: torch.Tensor | None,
        no_prefix: torch.Tensor,
    ) -> None:
        """All rules. `logits` has shape (texts, vocabulary), `new_tokens` (texts, count).

        `timed` (texts,) says which texts have timestamps, None where none has. `no_prefix` (texts,)
        says which texts begin without a prefix.
        """
        first = new_tokens.shape[1] == 0
        self.suppress(logits)
        if first:
            banned = logits[:, self._suppressed_first]
            logits[:, self._suppressed_first] = banned.masked_fill(no_prefix[:, None], -torch.inf)
        if timed is None:
            return
        if first:
            words, times = self._parts(logits)
            begins = (timed & no_prefix)[:, None]
            words[:, -1].masked_fill_(timed, -torch.inf)
            words.masked_fill_(begins, -torch.inf)
            times[:, MAX_FIRST_TIMESTAMP + 1 :].masked_fill_(begins, -torch.inf)
        else:
            steps = new_tokens - self._first_timestamp
            before_last = steps[:, -2] if steps.shape[1] > 1 else steps[:, -1]
            history = TokenHistory(steps[:, -1], before_last, steps.amax(1))
            self.apply_timestamp_rules(logits, history, timed)

    def suppress(self, logits: torch.Tensor) -> None:
        """Symbols that are never sampled."""
        logits.index_fill_(1, self._suppressed, -torch.inf)

    def apply_timestamp_rules(
        self, logits: torch.Tensor, history: TokenHistory, timed: torch.Tensor
    ) -> None:
        """Timestamps of texts that have begun."""
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


def _ids(tokens: object, device: torch.device | str) -> torch.Tensor:
    return torch.tensor(list(tokens), dtype=torch.long, device=device)  # type: ignore[call-overload]
