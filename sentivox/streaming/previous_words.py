"""Final words just before a turn: a context that improves the next decoding pass.

A pause ends a turn. When a speaker pauses inside a sentence, the second half is recognised better
if the decoder also gets the first.
"""

from __future__ import annotations

from sentivox.types import Recognition, Word


class PreviousWords:
    """The final words of the last `seconds` of speech, all of one language."""

    def __init__(self, seconds: float) -> None:
        self.language = ""
        self._seconds = seconds
        self._words: tuple[Word, ...] = ()

    def add(self, recognition: Recognition, language: str) -> None:
        """Add the words of the next window. A window without segments clears the words before it,
        and so does another language.
        """
        if not recognition.segments or language != self.language:
            self.clear()
        words = [word for segment in recognition.segments for word in segment.words]
        self.language = language
        self._words += tuple(words)
        if words:
            self._words = self.since(words[-1].start - self._seconds)

    def since(self, start: float) -> tuple[Word, ...]:
        """The words that begin at `start` or later, in seconds of the session."""
        return tuple(word for word in self._words if word.start >= start)

    def clear(self) -> None:
        """Remove all words: speech without a known text follows them."""
        self._words = ()
