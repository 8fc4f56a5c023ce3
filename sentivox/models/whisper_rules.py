"""What Whisper may write next: no symbols that it leaves out, and times that make sense.

Times come in pairs around a segment and never go back; where they are likelier together than any
word, one of them it is. These are the rules of openai/whisper `decoding.py`, as CTranslate2 has
them: the first time is at most one second, and two segments may meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sentivox.models.whisper_prompt import Vocabulary

MAX_FIRST_TIME = 50
"""In steps of 20 ms: one second."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the rules need to know of texts that have begun: tokens as steps since the first time,
    below 0 where it's none; each (texts,).
    """

    last: torch.Tensor
    before: torch.Tensor
    """The one before the last; the last itself where it's the only one."""
    latest: torch.Tensor
    """The greatest."""


class Rules:
    def __init__(self, vocabulary: Vocabulary, device: torch.device | str) -> None:
        self._end = vocabulary.end_of_text
        self._first_time = vocabulary.first_timestamp
        self._never = torch.tensor(list(vocabulary.never), dtype=torch.long, device=device)
        first = torch.tensor(list(vocabulary.never_first), dtype=torch.long, device=device)
        self._never_first = first

    def apply(
        self,
        logits: torch.Tensor,
        written: torch.Tensor,
        timed: torch.Tensor | None,
        new: torch.Tensor,
    ) -> None:
        """Sets the logits (texts, vocabulary) of what may not come next to -inf.

        `written` (texts, count) are the tokens since the prompt. `timed` and `new` (texts,) tell
        the texts with times, None where no text has any, and those that have no prefix.
        """
        first = written.shape[1] == 0
        self.leave_out(logits)
        if first:
            banned = logits[:, self._never_first]
            logits[:, self._never_first] = banned.masked_fill(new[:, None], -torch.inf)
        if timed is None:
            return
        if first:
            words, times = self._parts(logits)
            begins = (timed & new)[:, None]
            words[:, -1].masked_fill_(timed, -torch.inf)
            words.masked_fill_(begins, -torch.inf)
            times[:, MAX_FIRST_TIME + 1 :].masked_fill_(begins, -torch.inf)
        else:
            since = written - self._first_time
            before = since[:, -2] if since.shape[1] > 1 else since[:, -1]
            self.go_on(logits, Past(since[:, -1], before, since.amax(1)), timed)

    def leave_out(self, logits: torch.Tensor) -> None:
        """Symbols that are never written."""
        logits.index_fill_(1, self._never, -torch.inf)

    def go_on(self, logits: torch.Tensor, past: Past, timed: torch.Tensor) -> None:
        """Times that would make no sense in texts that have begun."""
        words, times = self._parts(logits)
        words[:, -1].masked_fill_(timed, -torch.inf)
        ends, before = past.last >= 0, past.before >= 0
        opened, closed = timed & ends & before, timed & ends & ~before
        words[:, : self._end].masked_fill_(closed[:, None], -torch.inf)
        # A segment may begin when the last one ended, and may not end when it began.
        earliest = past.latest + (~closed).long()
        steps = torch.arange(times.shape[1], device=times.device)
        sooner = opened[:, None] | (timed[:, None] & (steps < earliest[:, None]))
        times.masked_fill_(sooner, -torch.inf)
        likelier = times.logsumexp(1) > words.amax(1)
        words.masked_fill_((timed & ~opened & likelier)[:, None], -torch.inf)

    def _parts(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What comes before the times is text and special tokens, `<|notimestamps|>` the last."""
        return logits[:, : self._first_time], logits[:, self._first_time :]
