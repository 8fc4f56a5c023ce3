"""The words of a text after a known prefix."""

from __future__ import annotations

from collections.abc import Sequence

from sentivox.types import Word


def words_after(words: Sequence[Word], tokens: int, text: str) -> tuple[Word, ...]:
    """The words after the first `tokens` tokens, whose text is `text`.

    A word that continues after the prefix is cut.
    """
    found: list[Word] = []
    seen_tokens, seen_text = 0, 0
    for word in words:
        known = min(max(tokens - seen_tokens, 0), len(word.tokens))
        if known == 0:
            found.append(word)
        elif known < len(word.tokens):
            rest = word.word[max(len(text) - seen_text, 0) :]
            found.append(Word(rest, word.start, word.end, word.probability, word.tokens[known:]))
        seen_tokens += len(word.tokens)
        seen_text += len(word.word)
    return tuple(found)
