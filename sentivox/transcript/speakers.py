"""Speakers of a recording with one channel each, and their turns."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sentivox.transcript.sentences import overall_sentiment
from sentivox.types import Speaker, TranscribedSegment


def speaker_name(channel: int) -> str:
    """Name of a channel's speaker: A for the first, B for the second, as in OpenAI's API."""
    return string.ascii_uppercase[channel]


def speakers(segments: Sequence[TranscribedSegment]) -> tuple[Speaker, ...]:
    """All speakers of the segments, in order of names; empty where segments have no speaker."""
    names = sorted({segment.speaker for segment in segments if segment.speaker is not None})
    found = []
    for name in names:
        own = [segment for segment in segments if segment.speaker == name]
        seconds = sum(segment.end - segment.start for segment in own)
        found.append(Speaker(name, round(seconds, 2), overall_sentiment(own)))
    return tuple(found)


def turns(segments: Iterable[TranscribedSegment]) -> Iterator[tuple[str | None, str]]:
    """Speaker and text of each run of segments by the same speaker; empty text is left out."""
    for name, group in groupby(segments, key=lambda segment: segment.speaker):
        if text := "".join(segment.text for segment in group).strip():
            yield name, text
