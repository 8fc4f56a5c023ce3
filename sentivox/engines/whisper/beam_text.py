"""A text under beam search: the most probable of several texts, followed side by side.

At each step the most probable continuations of all of them together are followed, as many as the
beam is wide and none far below the best. Texts that end are put aside, until there are as many of
them or no other comes near. The best has the highest log-probability per token (the Whisper paper,
section 4.5; CTranslate2 with length penalty 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import Choice, mean_log_prob
from sentivox.engines.whisper.repetition import is_repetition_loop

MAX_GAP = 3.0
"""A path whose log-probability is this much below the best one's isn't followed, and no text where
it ends: it doesn't win (docs/log.md)."""


class _Path(NamedTuple):
    """One of the texts that are followed."""

    ids: tuple[int, ...]
    """The prefix and the decoded tokens, the end of text not."""
    log_prob: float
    """Log-probability of the decoded tokens, the end of text included."""
    ended: bool = False

    @property
    def score(self) -> float:
        return self.log_prob / len(self.ids) if self.ids else -math.inf


class _Candidate(NamedTuple):
    """The continuation of a path by one token."""

    log_prob: float
    path: int
    token: int


@dataclass(slots=True)
class BeamText:
    """The paths of one text."""

    prefix: tuple[int, ...]
    max_tokens: int
    """Most tokens, prefix included."""
    end_of_text: int
    beam_size: int
    no_speech_prob: float = 0.0
    paths: list[_Path] = field(init=False)
    """The texts to continue; none when done."""
    _finished: list[_Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paths = [_Path(self.prefix, 0.0)]

    @property
    def choices(self) -> int:
        """How many choices of the next token are needed for each path."""
        return 2 * self.beam_size

    @property
    def done(self) -> bool:
        return not self.paths

    @property
    def texts(self) -> list[tuple[int, ...]]:
        """The tokens of each path, prefix included."""
        return [path.ids for path in self.paths]

    def add(self, choices: Sequence[Sequence[Choice]]) -> list[int]:
        """Follows the most probable continuations.

        `choices` has the most probable next tokens of each path: twice as many as the beam is wide,
        so that another one takes the place of each that ends. Returns, for each of the new paths,
        the former path that it continues; its first continuation keeps its place if there is one.
        """
        best = self._candidates(choices)
        log_probs = [each.log_prob for each in best] + [each.log_prob for each in self._finished]
        least = max(log_probs, default=0.0) - MAX_GAP
        likely = [each for each in best if each.log_prob >= least]
        self._finished += [
            self._path(each) for each in likely[: self.beam_size] if each.token == self.end_of_text
        ]
        followed = [each for each in likely if each.token != self.end_of_text][: self.beam_size]
        looping = bool(followed) and is_repetition_loop(self._path(followed[0]).ids)
        followed = _in_their_places(followed)
        paths = [self._path(each) for each in followed]
        full = any(len(path.ids) >= self.max_tokens for path in paths)
        if looping:
            # Words that ended are better than a loop, however much more probable it is.
            self._finished = [each for each in self._finished if each.ids] or paths
            self.paths = []
        elif full or len(self._finished) >= self.beam_size:
            self._finished += paths if full else []
            self.paths = []
        else:
            self.paths = paths
        return [each.path for each in followed] if self.paths else []

    def decoded(self) -> DecodedText:
        """The best text."""
        start = _Path(self.prefix, 0.0)
        best = max(self._finished, key=lambda path: path.score, default=start)
        return DecodedText(
            ids=best.ids,
            avg_logprob=mean_log_prob(best.log_prob, len(best.ids), ended=best.ended),
            no_speech_prob=self.no_speech_prob,
            cut_off=not best.ended,
        )

    def _candidates(self, choices: Sequence[Sequence[Choice]]) -> list[_Candidate]:
        """The `2 * beam_size` best continuations of all paths, the best first."""
        found = [
            _Candidate(path.log_prob + choice.logprob, index, choice.token)
            for index, (path, own) in enumerate(zip(self.paths, choices, strict=True))
            for choice in own
            if choice.logprob > -math.inf
        ]
        if (
            self.prefix
            and self.paths[0].ids == self.prefix
            and choices[0][0].token != self.end_of_text
        ):
            # After a prefix the end is probable now and then, and would win by being short.
            found = [each for each in found if each.token != self.end_of_text]
        return sorted(found, reverse=True)[: 2 * self.beam_size]

    def _path(self, candidate: _Candidate) -> _Path:
        before = self.paths[candidate.path]
        ended = candidate.token == self.end_of_text
        ids = before.ids if ended else (*before.ids, candidate.token)
        return _Path(ids, candidate.log_prob, ended)


def _in_their_places(followed: Sequence[_Candidate]) -> list[_Candidate]:
    """The continuations in another order: the first one of a path has its place, as far as there
    are places. What a decoder keeps for the path needn't be moved then.
    """
    places: list[_Candidate | None] = [None] * len(followed)
    others = []
    for each in followed:
        if each.path < len(places) and places[each.path] is None:
            places[each.path] = each
        else:
            others.append(each)
    rest = iter(others)
    return [each or next(rest) for each in places]
