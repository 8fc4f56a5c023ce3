"""Text that only ever grows at its end."""

from __future__ import annotations


class AppendedText:
    """What has been said so far; white space waits for the next word, so that none is left over.

    The additions, one after the other, are exactly `text`.
    """

    def __init__(self) -> None:
        self.text = ""
        self._space = ""

    def add(self, text: str) -> str:
        """The addition that brings `text` in."""
        joined = self._joined(text)
        addition = joined.rstrip()
        self._space = joined[len(addition) :]
        self.text += addition
        return addition

    def preview(self, text: str) -> str:
        """What `add` would return, without adding it."""
        return self._joined(text).rstrip()

    def _joined(self, text: str) -> str:
        return self._space + text if self.text else text.lstrip()
