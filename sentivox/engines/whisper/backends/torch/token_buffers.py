"""Buffers of texts under greedy decoding, which a CUDA graph changes in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from sentivox.engines.whisper.logits_filters import TokenHistory
from sentivox.engines.whisper.token_limits import MAX_LENGTH, MAX_TEXT


@dataclass(frozen=True, slots=True)
class DecodedTokens:
    """The new tokens of one text."""

    ids: list[int]
    """Without the prefix and the end of text."""
    logprob: float
    """Log-probability of these tokens and of the end of text."""
    ended: bool


@dataclass(frozen=True, slots=True)
class TokenBuffers:
    """Shape (texts,) each, but for `slot`, `used` and `new_tokens`; changed in place."""

    slot: torch.Tensor
    """The slot that the next token of all texts takes, (1,)."""
    used: torch.Tensor
    """Slots with tokens, (texts, slots)."""
    position: torch.Tensor
    """Position of the last token in its text, prompt included."""
    last: torch.Tensor
    """The last token, which isn't in the cache yet."""
    before_last: torch.Tensor
    """The token before the last; the last itself where it is the only one."""
    latest: torch.Tensor
    """The greatest token id: the last timestamp, if there is one."""
    new_tokens: torch.Tensor
    """Tokens after the prompt, (texts, MAX_TEXT + 1); those past the end are ignored."""
    count: torch.Tensor
    """Number of new tokens."""
    max_new_tokens: torch.Tensor
    """Most new tokens."""
    logprob: torch.Tensor
    timed: torch.Tensor
    ended: torch.Tensor
    done: torch.Tensor

    @classmethod
    def empty(cls, texts: int, slots: int, device: torch.device) -> TokenBuffers:
        """Buffers for that many texts and slots."""

        def numbers(*shape: int) -> torch.Tensor:
            return torch.zeros(shape, dtype=torch.long, device=device)

        def flags(*shape: int) -> torch.Tensor:
            return torch.zeros(shape, dtype=torch.bool, device=device)

        return cls(
            slot=numbers(1),
            used=flags(texts, slots),
            position=numbers(texts),
            last=numbers(texts),
            before_last=numbers(texts),
            latest=numbers(texts),
            new_tokens=numbers(texts, MAX_TEXT + 1),
            count=numbers(texts),
            max_new_tokens=numbers(texts),
            logprob=torch.zeros(texts, device=device),
            timed=flags(texts),
            ended=flags(texts),
            done=flags(texts),
        )

    def of(self, texts: int, slots: int) -> TokenBuffers:
        """Views of the first texts and slots."""
        first = {each.name: getattr(self, each.name)[:texts] for each in fields(self)}
        return TokenBuffers(**first | {"used": self.used[:texts, :slots]})

    def clear(self) -> None:
        """Marks all texts as done."""
        for each in fields(self):
            getattr(self, each.name).zero_()
        self.done.fill_(True)

    def keep(self, rows: Sequence[int]) -> None:
        """Moves these rows to the front."""
        chosen = torch.tensor(rows, device=self.slot.device)
        for each in fields(self):
            values = getattr(self, each.name)
            if each.name != "slot":
                values[: len(rows)] = values[chosen]

    def history(self, first_timestamp: int) -> TokenHistory:
        """The tokens as timestamp steps, for the logits filter."""
        return TokenHistory(
            self.last - first_timestamp,
            self.before_last - first_timestamp,
            self.latest - first_timestamp,
        )

    def read(self) -> None:
        """The last tokens have been read."""
        self.slot.add_(1)
        # Finished texts are read too, beyond the positions that the decoder has.
        self.position.add_(1).clamp_(max=MAX_LENGTH - 1)

    def add(self, tokens: torch.Tensor, logprobs: torch.Tensor, end: int) -> None:
        """Appends a token to each text that isn't done."""
        going = ~self.done
        ends = tokens == end
        self.logprob.add_(torch.where(going, logprobs, 0.0))
        self.new_tokens.scatter_(1, self.count[:, None], tokens[:, None])
        self.before_last.copy_(torch.where(self.count > 0, self.last, tokens))
        self.last.copy_(tokens)
        self.latest.copy_(torch.maximum(self.latest, tokens))
        self.count.add_(going & ~ends)
        self.ended.logical_or_(going & ends)
        self.done.logical_or_(self.ended | (self.count >= self.max_new_tokens))

    def decoded(self, rows: Sequence[int]) -> list[DecodedTokens]:
        """The decoded tokens of these rows."""
        if not rows:
            return []
        chosen = torch.tensor(rows, device=self.slot.device)
        counts = self.count[chosen].tolist()
        return [
            DecodedTokens(ids[:count], logprob, ended)
            for ids, count, logprob, ended in zip(
                self.new_tokens[chosen, : max(counts)].tolist(),
                counts,
                self.logprob[chosen].tolist(),
                self.ended[chosen].tolist(),
                strict=True,
            )
        ]
