"""What a hearing leaves unheard: Whisper now and then ends a window's text before its speech ends.

Its own decoding goes on from the last timestamp (the Whisper paper, section 3.8).
"""

from __future__ import annotations

from sentivox.errors import SpeechError
from sentivox.models.base import RecognitionItem
from sentivox.types import SAMPLE_RATE, Priority, Recognition, SpeechWindow

UNHEARD_SECONDS = 1.5
"""Speech behind a window's text that is worth another hearing."""
BEGUN_SECONDS = 0.8
"""The same where the text itself says that another segment begins there."""


def rest(item: RecognitionItem, answer: Recognition, *, begun: bool) -> RecognitionItem | None:
    """What was left unheard, if it lasts; `begun` where the text says that more begins there. Live
    speech is in a hurry, and its windows are short.
    """
    window = item.window
    if not answer.segments or not window.speech or item.options.priority is not Priority.UPLOAD:
        return None
    heard_until = answer.segments[-1].end
    unheard = window.speech[-1].end - heard_until
    progress = heard_until - window.start
    if unheard < (BEGUN_SECONDS if begun else UNHEARD_SECONDS) or progress < UNHEARD_SECONDS:
        return None
    unheard_part = SpeechWindow(
        window.index,
        heard_until,
        window.pcm[round(progress * SAMPLE_RATE) :],
        tuple(segment for segment in window.speech if segment.end > heard_until),
    )
    return RecognitionItem(unheard_part, item.options)


def joined(
    first: Recognition | SpeechError, more: Recognition | SpeechError
) -> Recognition | SpeechError:
    """Both parts; where the second failed, the first alone."""
    if isinstance(first, SpeechError) or isinstance(more, SpeechError):
        return first
    return Recognition(first.segments + more.segments, first.suppressed + more.suppressed)
