"""A text as a decoder writes it, and the way out when it begins to go round in circles.

With little context Whisper says a short clip's words twice or three times. Where a loop began there
was a second choice, most often the end of the text: if it was a likely one, it's taken after all.
Whoever really says a sentence twice leaves no likely second choice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sentivox.engines.whisper.hypothesis import DecodedText

LOOP_TOKENS = 12
"""Three times the same is a loop from so many tokens on: "no, no, no" may well be said."""
LONGEST_LOOP = 64
ROUND_TOKENS = 4
"""Text that has run out of room was in a loop if its end says so many tokens again."""
TURNING_TOKENS = 8
"""So many tokens said again are reason to look at the second choice."""
LIKELY = math.log(0.02)
"""A second choice that is worth a try."""
MOST_TURNS = 3


class Choice(NamedTuple):
    token: int
    logprob: float


@dataclass(slots=True)
class GreedyText:
    ids: list[int]
    """The beginning that is known, and what was written after it."""
    room: int
    """Most tokens that it may have."""
    end: int
    """The token that ends it."""
    stop_on_repetition: bool = False
    """Give up at the first sign of a loop."""
    told_logprob: float = 0.0
    """Of the known beginning."""
    no_speech: float = 0.0
    ended: bool = False
    _choices: list[tuple[Choice, Choice]] = field(default_factory=list)
    """First and second, of what was written."""
    _turns: int = 0

    @property
    def done(self) -> bool:
        return self.ended or len(self.ids) >= self.room or self._looping

    @property
    def _looping(self) -> bool:
        if self.stop_on_repetition and self._said_again >= TURNING_TOKENS:
            return True
        return bool(self._choices) and is_repetition_loop(self.ids)

    @property
    def _said_again(self) -> int:
        """How many of the last tokens only repeat; of those that were written, not of those that
        were known.
        """
        return min(repeated(self.ids), len(self._choices))

    @property
    def last(self) -> int:
        """The token to be read next; it doesn't matter which once the text is done."""
        return self.ids[-1] if self.ids else self.end

    def add(self, first: Choice, second: Choice) -> None:
        if self.done:
            return
        self._choices.append((first, second))
        self.ended = first.token == self.end
        if not self.ended:
            self.ids.append(first.token)

    def backtrack(self) -> int:
        """Take the second choice where a loop began, if there is one: how many tokens before the
        last one were read for nothing.
        """
        again = self._said_again
        if self.ended or again < TURNING_TOKENS or self._turns == MOST_TURNS:
            return 0
        _, second = self._choices[-again]
        if second.logprob < LIKELY:
            return 0
        del self.ids[-again:], self._choices[-again:]
        self._turns += 1
        self.add(second, Choice(self.end, -math.inf))
        return again - 1

    def decoded(self) -> DecodedText:
        """Of a loop without a way out only the first round."""
        logprob = self.told_logprob + sum(first.logprob for first, _ in self._choices)
        said_again = 0 if self.ended else self._said_again
        return DecodedText(
            ids=tuple(self.ids[: len(self.ids) - said_again]),
            avg_logprob=logprob / max(1, len(self.ids) + self.ended),
            no_speech_prob=self.no_speech,
            cut_off=not self.ended,
            trimmed=said_again > 0,
        )


def is_repetition_loop(ids: Sequence[int]) -> bool:
    """Whether the last tokens have just been said three times over."""
    return any(
        ids[-span:] == ids[-2 * span : -span] == ids[-3 * span : -2 * span]
        for span in range(LOOP_TOKENS // 3, min(LONGEST_LOOP, len(ids) // 3) + 1)
    )


def repeated(ids: Sequence[int]) -> int:
    """How many of the last tokens only say again what comes before them."""
    for span in range(1, min(LONGEST_LOOP, len(ids) - ROUND_TOKENS) + 1):
        again = 0
        while again + span < len(ids) and ids[-1 - again] == ids[-1 - again - span]:
            again += 1
        if again >= max(ROUND_TOKENS, span // 2):
            return again
    return 0
