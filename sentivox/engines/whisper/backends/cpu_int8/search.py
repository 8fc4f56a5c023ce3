"""The search for a text and its cache. A decoder computes the steps of many at a time."""

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
    cache: KeyValueCache | None
    """It has a row for each path of the text; None once the text is done."""
    sampler: Sampler | None
    """Makes other choices than the most probable ones."""

    def add(self, choices: Sequence[Sequence[Choice]]) -> None:
        """Continues with the best choices; those of a row are in order, the best first."""
        rows = self.text.add(choices)
        if self.text.done:
            self.cache = None  # others of its batch may go on for long
        elif self.cache:
            self.cache.follow(rows)
            # Tokens that the text doesn't keep leave the cache; the last one isn't in it yet.
            self.cache.length = self.prompt_tokens + max(0, len(self.text.texts[0]) - 1)
