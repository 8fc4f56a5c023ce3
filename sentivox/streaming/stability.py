"""Which words of a hypothesis will stay, though their speaker is still speaking."""

from __future__ import annotations

from collections.abc import Sequence

from sentivox.types import Word


def agreed(previous: Sequence[Word], current: Sequence[Word]) -> int:
    """How many words two hypotheses in a row begin with alike: local agreement.

    Liu et al. 2020; for Whisper, Macháček et al. 2023, "Turning Whisper into a Real-Time
    Transcription System". Marks and capitals may differ, except in the last word, behind which
    Whisper likes to see the end of a sentence.
    """
    count = 0
    for before, now in zip(previous, current, strict=False):
        is_last = count == len(current) - 1
        if before.word != now.word and (is_last or _letters(before) != _letters(now)):
            break
        count += 1
    return count


def attended(current: Sequence[Word], audio_end: float, guard_s: float) -> int:
    """How many words the decoder finds `guard_s` or more before the end of its audio: AlignAtt.

    Papi et al. 2023, "AlignAtt: Using Attention-based Audio-Translation Alignments as a Guide for
    Simultaneous Speech Translation". Times in seconds.
    """
    count = 0
    for word in current:
        if word.end > audio_end - guard_s:
            break
        count += 1
    return count


def _letters(word: Word) -> str:
    return "".join(letter for letter in word.word.casefold() if letter.isalnum())
