"""Speech that a hearing left unheard.

Whisper now and then ends a window's text before its speech ends; its own decoding goes on from the
last timestamp (the Whisper paper, section 3.8). And it skips: a sentence that is said again, and
what follows it, becomes one segment that lasts as long as all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from sentivox.errors import SpeechError
from sentivox.models.base import RecognitionItem
from sentivox.types import Priority, Recognition, SpeechWindow, TranscribedSegment

UNHEARD_SECONDS = 1.5
"""Speech behind a window's text that is worth another hearing."""
BEGUN_SECONDS = 0.8
"""The same where the text itself says that another segment begins there."""
SLOWEST = 1.8
"""Tokens a second of speech. The slowest of the recordings' speakers has 2.0 (docs/log.md)."""
SKIPPED_SECONDS = 3.0
"""Speech with fewer words than that, to be worth two more hearings."""
MORE = 1.3
"""Times the tokens, for what was heard in parts to be taken for what was heard at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Unheard:
    """Windows to hear again, in the place of a text's segments `first` to `end`."""

    first: int
    end: int
    windows: tuple[SpeechWindow, ...]


def unheard(item: RecognitionItem, answer: Recognition, *, begun: bool) -> list[Unheard]:
    """In order; `begun` where the text says that more begins at its end. Live speech is in a hurry,
    and its windows are short.
    """
    if not answer.segments or not item.window.speech:
        return []
    if item.options.priority is not Priority.UPLOAD:
        return []
    return [*_skipped(item.window, answer.segments), *_rest(item.window, answer.segments, begun)]


def mended(
    answer: Recognition, found: Sequence[tuple[Unheard, Sequence[Recognition | SpeechError]]]
) -> Recognition:
    """The answer with what its windows were heard as; where one failed, or says hardly more, the
    segments stay.
    """
    segments, suppressed = list(answer.segments), answer.suppressed
    for place, heard in reversed(found):
        parts = [part for part in heard if isinstance(part, Recognition)]
        new = [segment for part in parts for segment in part.segments]
        old = segments[place.first : place.end]
        if len(parts) == len(heard) and _tokens(new) > MORE * _tokens(old):
            segments[place.first : place.end] = new
        if not old:
            suppressed += tuple(text for part in parts for text in part.suppressed)
    return Recognition(tuple(segments), suppressed)


def _rest(
    window: SpeechWindow, segments: Sequence[TranscribedSegment], begun: bool
) -> Iterator[Unheard]:
    heard_until, speech_ends = segments[-1].end, window.speech[-1].end
    least = BEGUN_SECONDS if begun else UNHEARD_SECONDS
    if speech_ends - heard_until >= least and heard_until - window.start >= UNHEARD_SECONDS:
        part = window.part(heard_until, window.start + window.seconds)
        yield Unheard(len(segments), len(segments), (part,))


def _skipped(window: SpeechWindow, segments: Sequence[TranscribedSegment]) -> Iterator[Unheard]:
    """Halves of what seems to be said too slowly."""
    for slow, group in groupby(
        range(len(segments)), key=lambda place: _slow(window, segments[place])
    ):
        places = list(group)
        whole = window.part(segments[places[0]].start, segments[places[-1]].end)
        if slow and len(whole.speech) > 1:
            yield Unheard(places[0], places[-1] + 1, _halves(whole))


def _slow(window: SpeechWindow, segment: TranscribedSegment) -> bool:
    spoken = window.part(segment.start, segment.end).speech
    seconds = sum(each.end - each.start for each in spoken)
    return seconds >= SKIPPED_SECONDS and len(segment.tokens) < SLOWEST * seconds


def _halves(window: SpeechWindow) -> tuple[SpeechWindow, SpeechWindow]:
    """Cut at the pause next to the middle."""
    middle, end = window.start + window.seconds / 2, window.start + window.seconds
    pauses = [(before.end + after.start) / 2 for before, after in pairwise(window.speech)]
    cut = min(pauses, key=lambda pause: abs(pause - middle))
    return window.part(window.start, cut), window.part(cut, end)


def _tokens(segments: Sequence[TranscribedSegment]) -> int:
    return sum(len(segment.tokens) for segment in segments)
