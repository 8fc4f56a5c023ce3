"""Stability of interim text: which words of a hypothesis will probably not change."""

from __future__ import annotations

from collections.abc import Sequence

from sentivox.types import Word


def local_agreement(previous: Sequence[Word], current: Sequence[Word]) -> int:
    """Number of leading words on which two consecutive hypotheses agree: local agreement.

    Liu et al. 2020; for Whisper, Macháček et al. 2023, "Turning Whisper into a Real-Time
    Transcription System". Punctuation and capitals may differ, except in the last word, because
    Whisper often ends an incomplete sentence with a full stop.
    """
    count = 0
    for before, now in zip(previous, current, strict=False):
        is_last = count == len(current) - 1
        if before.word != now.word and (is_last or _letters(before) != _letters(now)):
            break
        count += 1
    return count


def _letters(word: Word) -> str:
    return "".join(letter for letter in word.word.casefold() if letter.isalnum())
