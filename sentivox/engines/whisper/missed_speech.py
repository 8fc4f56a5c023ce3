"""Missed speech: speech in a window that no segment of its text covers.

Whisper sometimes ends the text of a window before its speech ends; openai/whisper continues from
the last timestamp (the Whisper paper, section 3.8). And it skips: a repeated sentence and what
follows it become one segment as long as all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError
from sentivox.types import (
    SAMPLE_RATE,
    Pcm,
    Priority,
    Recognition,
    SpeechWindow,
    TranscribedSegment,
)

MISSED_SECONDS = 1.5
"""Speech after the last segment that is worth another decoding pass."""
BEGUN_SECONDS = 0.8
"""MISSED_SECONDS where the text ends at the beginning of another segment."""
SLOWEST_SPEECH = 1.8
"""Tokens per second of speech. The slowest speaker of the recordings has 2.0 (docs/log.md)."""
SKIPPED_SECONDS = 3.0
"""Speech with fewer tokens than that which is worth decoding again in parts."""
PART_SECONDS = 1.5
"""Least speech in each part."""
QUIET_SECONDS = 0.2
"""Length of the quietest moment, at which speech without a pause is cut."""
MORE_TOKENS = 1.3
"""Ratio of tokens from which on the text of the parts replaces that of the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class MissedSpeech:
    """Windows to decode again, in place of the segments `first` to `end` of a text."""

    first: int
    end: int
    windows: tuple[SpeechWindow, ...]


def find_missed_speech(
    item: RecognitionItem, result: Recognition, *, continues: bool
) -> list[MissedSpeech]:
    """The missed speech of a window, in order; empty for live speech, whose windows are short.

    `continues` is true where the text ends at the beginning of another segment.
    """
    if not result.segments or not item.window.speech:
        return []
    if item.options.priority is not Priority.UPLOAD:
        return []
    return [
        *_skipped(item.window, result.segments),
        *_rest(item.window, result.segments, continues),
    ]


def with_missed_speech(
    result: Recognition, found: Sequence[tuple[MissedSpeech, Sequence[Recognition | SpeechError]]]
) -> Recognition:
    """The result with the text of missed speech.

    Where a window failed, or has hardly more tokens, the segments stay as they are.
    """
    segments, suppressed = list(result.segments), result.suppressed
    for missed, results in reversed(found):
        parts = [part for part in results if isinstance(part, Recognition)]
        new = [segment for part in parts for segment in part.segments]
        old = segments[missed.first : missed.end]
        taken = len(parts) == len(results) and _tokens(new) > MORE_TOKENS * _tokens(old)
        if taken:
            segments[missed.first : missed.end] = new
        if taken or not old:
            suppressed += tuple(text for part in parts for text in part.suppressed)
    return Recognition(tuple(segments), suppressed)


def _rest(
    window: SpeechWindow, segments: Sequence[TranscribedSegment], continues: bool
) -> Iterator[MissedSpeech]:
    """Speech after the last segment."""
    text_ends, speech_ends = segments[-1].end, window.speech[-1].end
    least = BEGUN_SECONDS if continues else MISSED_SECONDS
    if speech_ends - text_ends >= least and text_ends - window.start >= MISSED_SECONDS:
        part = window.part(text_ends, window.start + window.seconds)
        yield MissedSpeech(len(segments), len(segments), (part,))


def _skipped(
    window: SpeechWindow, segments: Sequence[TranscribedSegment]
) -> Iterator[MissedSpeech]:
    """Speech whose text is too slow to be complete, in parts."""
    for slow, group in groupby(
        range(len(segments)), key=lambda index: _is_slow(window, segments[index])
    ):
        if slow:
            indices = list(group)
            parts = _parts(window.part(segments[indices[0]].start, segments[indices[-1]].end))
            if len(parts) > 1:
                yield MissedSpeech(indices[0], indices[-1] + 1, parts)


def _is_slow(window: SpeechWindow, segment: TranscribedSegment) -> bool:
    seconds = sum(each.seconds for each in window.part(segment.start, segment.end).speech)
    return seconds >= SKIPPED_SECONDS and len(segment.tokens) < SLOWEST_SPEECH * seconds


def _parts(window: SpeechWindow) -> tuple[SpeechWindow, ...]:
    """The window cut at every pause with enough speech on both sides; speech without any pause at
    its quietest moment, unless it is short.
    """
    cuts = [window.start]
    seconds, left = 0.0, window.speech_s
    for before, after in pairwise(window.speech):
        seconds, left = seconds + before.seconds, left - before.seconds
        if seconds >= PART_SECONDS and left >= PART_SECONDS:
            cuts.append((before.end + after.start) / 2)
            seconds = 0.0
    if len(window.speech) == 1 and window.speech_s >= 2 * SKIPPED_SECONDS:
        cuts.append(window.start + _quietest(window.pcm))
    cuts.append(window.start + window.seconds)
    return tuple(window.part(*each) for each in pairwise(cuts))


def _quietest(pcm: Pcm) -> float:
    """Where in the middle half of `pcm` it has the least energy, in seconds."""
    length = round(QUIET_SECONDS * SAMPLE_RATE)
    first, last = len(pcm) // 4, len(pcm) * 3 // 4
    energy = np.cumsum(np.square(pcm[first:last], dtype=np.float64))
    quietest = int(np.argmin(energy[length:] - energy[:-length]))
    return (first + quietest + length / 2) / SAMPLE_RATE


def _tokens(segments: Sequence[TranscribedSegment]) -> int:
    return sum(len(segment.tokens) for segment in segments)
