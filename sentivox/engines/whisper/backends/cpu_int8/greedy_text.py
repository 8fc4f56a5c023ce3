"""A text under greedy decoding, with a way out of repetition loops.

With little context Whisper repeats the words of a short clip two or three times. Where the loop
began there was a second choice, most often the end of the text: if it was probable, it is taken
after all. A speaker who really repeats a sentence leaves no probable second choice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import Choice, mean_log_prob
from sentivox.engines.whisper.repetition import is_repetition_loop, repeated_tail

BACKTRACK_TOKENS = 8
"""Repeated tokens after which the second choice is looked at."""
PROBABLE = math.log(0.02)
"""Log-probability from which a second choice is worth taking."""
MAX_BACKTRACKS = 3


@dataclass(slots=True)
class GreedyText:
    """The tokens of one text so far."""

    choices: ClassVar[int] = 2
    """How many choices of the next token are needed."""

    ids: list[int]
    """The prefix and the decoded tokens."""
    max_tokens: int
    """Most tokens, prefix included."""
    end_of_text: int
    stop_on_repetition: bool = False
    """Whether a repetition loop is given up early, because another pass follows."""
    no_speech_prob: float = 0.0
    backtracks: bool = True
    """Whether repetition loops are left by a second choice."""
    ended: bool = False
    _choices: list[tuple[Choice, Choice]] = field(default_factory=list)
    """First and second choice of each decoded token."""
    _backtracked: int = 0

    @property
    def done(self) -> bool:
        return self.ended or len(self.ids) >= self.max_tokens or self._is_looping

    @property
    def texts(self) -> list[list[int]]:
        """The tokens of the only path, prefix included."""
        return [self.ids]

    def add(self, choices: Sequence[Sequence[Choice]]) -> list[int]:
        """Appends the first choice, or leaves a loop; returns the path that was continued, 0.

        `choices` has the two most probable next tokens of the only path.
        """
        [(first, second)] = choices
        self._append(first, second)
        if self.backtracks:
            self._backtrack()
        return [0]

    def _append(self, first: Choice, second: Choice) -> None:
        if self.done:
            return
        self._choices.append((first, second))
        self.ended = first.token == self.end_of_text
        if not self.ended:
            self.ids.append(first.token)

    def _backtrack(self) -> None:
        """Takes the second choice where a loop began, if it is probable."""
        repeated = self._repeated
        if self.ended or repeated < BACKTRACK_TOKENS or self._backtracked == MAX_BACKTRACKS:
            return
        _, second = self._choices[-repeated]
        if second.logprob >= PROBABLE:
            del self.ids[-repeated:], self._choices[-repeated:]
            self._backtracked += 1
            self._append(second, Choice(self.end_of_text, -math.inf))

    def decoded(self) -> DecodedText:
        """The text; of a loop without a way out only the first round."""
        log_prob = sum(first.logprob for first, _ in self._choices)
        repeated = 0 if self.ended else self._repeated
        return DecodedText(
            ids=tuple(self.ids[: len(self.ids) - repeated]),
            avg_logprob=mean_log_prob(log_prob, len(self.ids), ended=self.ended),
            no_speech_prob=self.no_speech_prob,
            cut_off=not self.ended,
            trimmed=repeated > 0,
        )

    @property
    def _is_looping(self) -> bool:
        if self.stop_on_repetition and self._repeated >= BACKTRACK_TOKENS:
            return True
        return bool(self._choices) and is_repetition_loop(self.ids)

    @property
    def _repeated(self) -> int:
        """Number of last decoded tokens that only repeat; prefix tokens don't count."""
        return min(repeated_tail(self.ids), len(self._choices))
