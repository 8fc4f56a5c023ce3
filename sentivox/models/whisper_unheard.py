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
"""Speech with fewer words than that, to be worth hearing again in parts."""
PART_SECONDS = 1.5
"""Speech in each of those."""
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
    """What seems to be said too slowly, in parts: a sentence alone isn't skipped."""
    for slow, group in groupby(
        range(len(segments)), key=lambda place: _slow(window, segments[place])
    ):
        places = list(group)
        parts = _parts(window.part(segments[places[0]].start, segments[places[-1]].end))
        if slow and len(parts) > 1:
            yield Unheard(places[0], places[-1] + 1, parts)


def _slow(window: SpeechWindow, segment: TranscribedSegment) -> bool:
    seconds = sum(each.seconds for each in window.part(segment.start, segment.end).speech)
    return seconds >= SKIPPED_SECONDS and len(segment.tokens) < SLOWEST * seconds


def _parts(window: SpeechWindow) -> tuple[SpeechWindow, ...]:
    """Cut at every pause that has enough speech on both sides of it."""
    cuts = [window.start]
    seconds, left = 0.0, window.speech_s
    for before, after in pairwise(window.speech):
        seconds, left = seconds + before.seconds, left - before.seconds
        if seconds >= PART_SECONDS and left >= PART_SECONDS:
            cuts.append((before.end + after.start) / 2)
            seconds = 0.0
    cuts.append(window.start + window.seconds)
    return tuple(window.part(*each) for each in pairwise(cuts))


def _tokens(segments: Sequence[TranscribedSegment]) -> int:
    return sum(len(segment.tokens) for segment in segments)
