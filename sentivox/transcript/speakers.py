"""Who said what: speakers by name, and the turns they take."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sentivox.transcript.sentences import overall_sentiment
from sentivox.types import Speaker, TranscribedSegment


def speaker_name(channel: int) -> str:
    """A for the first channel, B for the second: speakers have capital letters at OpenAI, and a
    channel keeps its own whoever speaks first.
    """
    return string.ascii_uppercase[channel]


def speakers(segments: Sequence[TranscribedSegment]) -> tuple[Speaker, ...]:
    """Everybody who says something, by name; none when segments have no speakers."""
    names = sorted({segment.speaker for segment in segments if segment.speaker is not None})
    return tuple(
        _speaker(name, [each for each in segments if each.speaker == name]) for name in names
    )


def turns(segments: Iterable[TranscribedSegment]) -> Iterator[tuple[str | None, str]]:
    """Speaker and text of segments that follow each other, until somebody else begins one."""
    for name, group in groupby(segments, key=lambda segment: segment.speaker):
        if text := "".join(segment.text for segment in group).strip():
            yield name, text


def _speaker(name: str, segments: Sequence[TranscribedSegment]) -> Speaker:
    seconds = sum(segment.end - segment.start for segment in segments)
    return Speaker(name, round(seconds, 2), overall_sentiment(segments))
