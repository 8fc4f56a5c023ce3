"""The search for a text: greedy or by a beam. A decoder computes the steps of many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sentivox.engines.whisper.backends.cpu_int8.beam_text import BeamText
from sentivox.engines.whisper.backends.cpu_int8.greedy_text import Choice, GreedyText
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.sampler import Sampler
from sentivox.engines.whisper.hypothesis import DecodedText


class Search(Protocol):
    """The search for one text, over one or more rows: texts that it may become."""

    caches: list[KeyValueCache]
    """One for each row."""
    choices: int
    """How many choices of the next token it looks at."""
    sampler: Sampler | None
    """Makes other choices than the most probable ones."""

    @property
    def done(self) -> bool: ...

    @property
    def texts(self) -> Sequence[Sequence[int]]:
        """The tokens of each row, without the prompt."""

    def add(self, choices: Sequence[Sequence[Choice]]) -> None:
        """Continues with the best choices; those of a row are in order, the best first."""

    def decoded(self) -> DecodedText:
        """The text, once the search is done."""


class GreedySearch:
    """The best choice at each step; see GreedyText."""

    def __init__(
        self, text: GreedyText, cache: KeyValueCache, sampler: Sampler | None, *, backtracks: bool
    ) -> None:
        """`backtracks`: whether repetition loops are left."""
        self.text = text
        self.caches = [cache]
        self.choices = 2
        self.sampler = sampler
        self._backtracks = backtracks

    @property
    def done(self) -> bool:
        return self.text.done

    @property
    def texts(self) -> Sequence[Sequence[int]]:
        return [self.text.ids]

    def add(self, choices: Sequence[Sequence[Choice]]) -> None:
        [(first, second)] = choices
        self.text.add(first, second)
        if self._backtracks:
            self.caches[0].length -= self.text.backtrack()

    def decoded(self) -> DecodedText:
        return self.text.decoded()


class BeamSearch:
    """Several texts side by side; see BeamText."""

    def __init__(self, text: BeamText, cache: KeyValueCache) -> None:
        self.text = text
        self.caches = [cache]
        self.choices = 2 * text.beam_size
        self.sampler: Sampler | None = None

    @property
    def done(self) -> bool:
        return not self.text.paths

    @property
    def texts(self) -> Sequence[Sequence[int]]:
        return [path.ids for path in self.text.paths]

    def add(self, choices: Sequence[Sequence[Choice]]) -> None:
        taken: set[int] = set()
        caches = []
        for row in self.text.add(choices):
            # The first to continue a text takes over its cache.
            caches.append(self.caches[row].copy() if row in taken else self.caches[row])
            taken.add(row)
        self.caches = caches

    def decoded(self) -> DecodedText:
        return self.text.decoded()
