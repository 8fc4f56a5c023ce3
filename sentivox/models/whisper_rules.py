"""What Whisper may write next: no symbols that it leaves out, and times that make sense.

Times come in pairs around a segment and never go back; where they are likelier together than any
word, one of them it is. These are the rules of openai/whisper `decoding.py`, as CTranslate2 has
them: the first time is at most one second, and two segments may meet.
"""

from __future__ import annotations

import torch

from sentivox.models.whisper_prompt import Vocabulary

MAX_FIRST_TIME = 50
"""In steps of 20 ms: one second."""


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
        logits[:, self._never] = -torch.inf
        first = written.shape[1] == 0
        if first:
            banned = logits[:, self._never_first]
            logits[:, self._never_first] = banned.masked_fill(new[:, None], -torch.inf)
        if timed is None:
            return
        # What comes before the times is text and special tokens, `<|notimestamps|>` the last.
        words, times = logits[:, : self._first_time], logits[:, self._first_time :]
        words[:, -1].masked_fill_(timed, -torch.inf)
        if first:
            begins = (timed & new)[:, None]
            words.masked_fill_(begins, -torch.inf)
            times[:, MAX_FIRST_TIME + 1 :].masked_fill_(begins, -torch.inf)
        else:
            self._go_on(words, times, written, timed)

    def _go_on(
        self, words: torch.Tensor, times: torch.Tensor, written: torch.Tensor, timed: torch.Tensor
    ) -> None:
        since = written - self._first_time
        ends = since[:, -1] >= 0
        before = since[:, -2] >= 0 if since.shape[1] > 1 else ends
        opened, closed = timed & ends & before, timed & ends & ~before
        words[:, : self._end].masked_fill_(closed[:, None], -torch.inf)
        # A segment may begin when the last one ended, and may not end when it began.
        earliest = since.amax(1) + (~closed).long()
        steps = torch.arange(times.shape[1], device=times.device)
        past = opened[:, None] | (timed[:, None] & (steps < earliest[:, None]))
        times.masked_fill_(past, -torch.inf)
        likelier = times.logsumexp(1) > words.amax(1)
        words.masked_fill_((timed & ~opened & likelier)[:, None], -torch.inf)
