"""The search for a text and its caches. A decoder computes the steps of many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentivox.engines.whisper.backends.cpu_int8.greedy_text import GreedyText
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.sampler import Sampler
from sentivox.engines.whisper.beam_text import BeamText
from sentivox.engines.whisper.log_prob import Choice


@dataclass(slots=True, eq=False)
class Search:
    """The search for one text, over one or more rows: texts that it may become."""

    text: GreedyText | BeamText
    prompt_tokens: int
    """Number of tokens before the text."""
    caches: list[KeyValueCache]
    """One for each row."""
    sampler: Sampler | None
    """Makes other choices than the most probable ones."""

    def add(self, choices: Sequence[Sequence[Choice]]) -> None:
        """Continues with the best choices; those of a row are in order, the best first."""
        rows = self.text.add(choices)
        # The first to continue a text takes over its cache.
        self.caches = [
            self.caches[row].copy() if row in rows[:index] else self.caches[row]
            for index, row in enumerate(rows)
        ]
        # Tokens that the text doesn't keep leave the cache, and the last token isn't in it yet.
        for cache, ids in zip(self.caches, self.text.texts, strict=True):
            cache.length = self.prompt_tokens + max(0, len(ids) - 1)
