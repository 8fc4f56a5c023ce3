"""Text that only grows at its end."""

from __future__ import annotations


class AppendedText:
    """The text so far. White space at its end is held back until another word follows.

    `text` is exactly the additions in order.
    """

    def __init__(self) -> None:
        self.text = ""
        self._space = ""

    def add(self, text: str) -> str:
        """Appends `text`, and returns the addition to the text so far."""
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
