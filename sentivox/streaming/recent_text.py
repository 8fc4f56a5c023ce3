"""What was said just before: what follows is heard better with it than without.

A pause ends a turn, and whoever pauses in the middle of a sentence has its two halves heard apart.
"""

from __future__ import annotations

from sentivox.types import Recognition, Word


class RecentText:
    """The words of the last `seconds`, as far back as they are of one language."""

    def __init__(self, seconds: float) -> None:
        self.language = ""
        self._seconds = seconds
        self._words: tuple[Word, ...] = ()

    def add(self, heard: Recognition, language: str) -> None:
        """What a window turned into; the next one may begin with nothing else between."""
        if not heard.segments or language != self.language:
            self.forget()
        words = [word for segment in heard.segments for word in segment.words]
        self.language = language
        self._words += tuple(words)
        if words:
            self._words = self.since(words[-1].start - self._seconds)

    def since(self, start: float) -> tuple[Word, ...]:
        """The words that begin at `start` or later."""
        return tuple(word for word in self._words if word.start >= start)

    def forget(self) -> None:
        """Something was said that nobody understood."""
        self._words = ()
