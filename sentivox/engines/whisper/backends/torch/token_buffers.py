"""TokenBuffers as they are written side by side, kept where a GPU finds and changes them by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from sentivox.engines.whisper.backends.torch.static_cache import Token
from sentivox.engines.whisper.logits_filters import TokenHistory
from sentivox.engines.whisper.token_limits import MAX_LENGTH, MAX_TEXT


@dataclass(frozen=True, slots=True)
class DecodedTokens:
    ids: list[int]
    """Without a prefix, and without the token that ends it."""
    logprob: float
    """Of all that was written, the end included."""
    ended: bool


@dataclass(frozen=True, slots=True)
class TokenBuffers:
    """(texts,) but for `at`, `used` and `written`; changed in place."""

    at: torch.Tensor
    """The place of the next token of all of them, (1,)."""
    used: torch.Tensor
    """Places with tokens, (texts, places)."""
    order: torch.Tensor
    """Which token of its text the last one is, prompt included."""
    last: torch.Tensor
    """Token, yet to be read."""
    before: torch.Tensor
    """The token before it; the last itself where there's one."""
    latest: torch.Tensor
    """The greatest token: of times the last one."""
    written: torch.Tensor
    """Tokens since the prompt, (texts, MAX_TEXT + 1); what is past the end is thrown away."""
    count: torch.Tensor
    """Of them."""
    room: torch.Tensor
    """Most of them."""
    logprob: torch.Tensor
    timed: torch.Tensor
    ended: torch.Tensor
    done: torch.Tensor

    @classmethod
    def empty(cls, texts: int, places: int, device: torch.device) -> TokenBuffers:
        def numbers(*shape: int) -> torch.Tensor:
            return torch.zeros(shape, dtype=torch.long, device=device)

        def flags(*shape: int) -> torch.Tensor:
            return torch.zeros(shape, dtype=torch.bool, device=device)

        return cls(
            at=numbers(1),
            used=flags(texts, places),
            order=numbers(texts),
            last=numbers(texts),
            before=numbers(texts),
            latest=numbers(texts),
            written=numbers(texts, MAX_TEXT + 1),
            count=numbers(texts),
            room=numbers(texts),
            logprob=torch.zeros(texts, device=device),
            timed=flags(texts),
            ended=flags(texts),
            done=flags(texts),
        )

    def of(self, texts: int, places: int) -> TokenBuffers:
        """The first of them, as views."""
        first = {each.name: getattr(self, each.name)[:texts] for each in fields(self)}
        return TokenBuffers(**first | {"used": self.used[:texts, :places]})

    def clear(self) -> None:
        """None is being written."""
        for each in fields(self):
            getattr(self, each.name).zero_()
        self.done.fill_(True)

    def keep(self, rows: Sequence[int]) -> None:
        """These come first from now on."""
        chosen = torch.tensor(rows, device=self.at.device)
        for each in fields(self):
            values = getattr(self, each.name)
            if each.name != "at":
                values[: len(rows)] = values[chosen]

    def token(self) -> Token:
        """To be read next."""
        return Token(self.last, self.order, self.at, self.used)

    def past(self, first_time: int) -> TokenHistory:
        return TokenHistory(
            self.last - first_time, self.before - first_time, self.latest - first_time
        )

    def read(self) -> None:
        """The last tokens have been."""
        self.at.add_(1)
        # TokenBuffers that are done go on being read, beyond what the decoder has positions for.
        self.order.add_(1).clamp_(max=MAX_LENGTH - 1)

    def add(self, tokens: torch.Tensor, logprobs: torch.Tensor, end: int) -> None:
        """To each that isn't done."""
        going = ~self.done
        ends = tokens == end
        self.logprob.add_(torch.where(going, logprobs, 0.0))
        self.written.scatter_(1, self.count[:, None], tokens[:, None])
        self.before.copy_(torch.where(self.count > 0, self.last, tokens))
        self.last.copy_(tokens)
        self.latest.copy_(torch.maximum(self.latest, tokens))
        self.count.add_(going & ~ends)
        self.ended.logical_or_(going & ends)
        self.done.logical_or_(self.ended | (self.count >= self.room))

    def told(self, rows: Sequence[int]) -> list[DecodedTokens]:
        """What is written of these."""
        if not rows:
            return []
        chosen = torch.tensor(rows, device=self.at.device)
        counts = self.count[chosen].tolist()
        return [
            DecodedTokens(ids[:count], logprob, ended)
            for ids, count, logprob, ended in zip(
                self.written[chosen, : max(counts)].tolist(),
                counts,
                self.logprob[chosen].tolist(),
                self.ended[chosen].tolist(),
                strict=True,
            )
        ]
