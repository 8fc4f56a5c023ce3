"""Text that only grows at its end."""

from __future__ import annotations

from sentivox.transcript.appended_text import AppendedText


def test_additions_are_exactly_the_text() -> None:
    text = AppendedText()
    additions = [text.add(part) for part in (" Hello", " ", "world. ", "", "  Bye.  ")]
    assert "".join(additions) == text.text == "Hello world.   Bye."


def test_a_preview_changes_nothing() -> None:
    text = AppendedText()
    text.add(" One ")
    assert text.preview("two ") == " two"
    assert text.add("three") == " three"
